# Guarantees

Each promise, 
in which words it holds, 
and the test that proves it. Tests run on a real PostgreSQL and a real transaction
manager; 
those of the sample on a real Open Liberty.

| 
| 
promise | 
proof |
|---|---|---|
| 
G1 | 
**Atomic publish.** The event exists if and only if the caller's transaction committed, 
one-phase and XA. | 
`OutboxIT` (commit, 
rollback, 
rollback-only, 
XA prepare and rollback, 
two topics in one transaction, 
failure before the commit, 
rollback to a savepoint behind which `publishNow` wrote what was published before it, 
a buffer filled anew), 
`UnknownOutcomeIT` (a connection lost between the decision to commit and the answer; 
a branch that stays prepared), 
`InProcessIT.publishingAfterTheCommit…`, 
`ShopIT` (over HTTP) |
| 
G2 | 
**No loss.** Every committed event reaches every durable subscription, 
whatever crashes. | 
`OtherOriginIT` and `DirectInboxIT.aTableThatWasMadeAnew…`, 
`…aTableThatWasEmptied…`, 
`…aTableWhoseRowsWereDeleted…`, 
`…fromDirectToCopyByARollingUpdate` (a cursor belongs to an origin), 
`DeliveryIT.g2g3g4g6…`, 
`FeedFaultsIT` (time limits of the database, 
WAL the server cannot decode, 
slot dropped, 
WAL invalidated, 
every backend killed, 
PostgreSQL restarted and killed, 
also while a slot is made; 
password wrong then right, 
publication dropped or altered in any way that keeps events back, 
slot advanced), 
`FeedNetworkIT` (connection cut and frozen), 
`FeedNodesIT` (standby, 
takeover, 
foreign slots), 
`ShopIT.killedWhileCustomers…`, 
`ShopIT.tenRestartsOfPostgresql…`, 
`ServerThreadsIT.aThreadThatCannotBegin…` and `…whoseTransactionEndedUnderTheObserver…` (servers that keep dead connections for the length of a thread), 
`LostCommitsIT` (the database loses commits under a living application), 
`SharedInboxIT` (two applications with one inbox and the same names: each gets everything; 
and an upgrade from where they were not told apart), 
`RemadeTablesIT` (a slot that outlives its table: rows of one that was dropped, 
or emptied, 
are not taken for events of the one there is), 
`PollingFeedIT.aTableThatIsEmptiedAndFilled…` and `TopicFaultsIT.aTableEmptiedAndFilled…` (nothing of a table that was filled again beyond what was polled), 
`CatchUpTest.aSourceThatWasReplaced…` (each page has to follow on what is stored), 
`SlowObserverIT` (an observer slower than renewals, 
at every isolation the database may have by default; 
slower than other lanes, 
at all but SERIALIZABLE), 
`SimulationTest` (I1, 
I6, 
I8 in 10,000 worlds with every fault of [simulation.md](simulation.md)) |
| 
G3 | 
**Exactly-once effect.** What an observer writes through the same transaction is committed once per event. | 
`DeliveryIT.g2g3g4g6…`, 
`ProcessorIT.anotherNodeTakesOver…`, 
`ProcessorIT.aNodeThatLostItsLaneCannotCommit`, 
`…afterAnOrderlyStopInABatchExactlyWhatWasCalledIsToldSo`, 
`…whatWasHeldBehindAndNeverCalledIsNotToldSo` (`Delivery.again()`), 
`SimulationTest` (I3), 
`MutantsTest` (no fence, 
cursor before effect, 
two owners), 
`SharedInboxIT` and `RegistrationIT` (an upgrade of the tables, 
an application under another name), 
`NotCalledIT` (an observer that the container did not call has failed, 
and does not count), 
`UnhandledFaultsIT` (what is handled outside of our transaction, 
or not at all, 
is refused at deployment), 
`OwnBytesIT` and `LogEntryTest` (an observer that changes the bytes it was given changes nobody's event, 
nor its own next try) |
| 
G4 | 
**Order.** In one subscription the events of one subject are handled one after the other in position order, 
and position order is the commit order of that subject's publishers. | 
`DeliveryIT.g2g3g4g6…` (one hot subject, 
1,000 others; 
commit order checked by a counter of its own), 
`LaneTest.everyEventTakesEffectOnceAndInOrderPerSubject` (simulation), 
`OutboxIT` (locks before numbers), 
`PayloadsTest` (the subject that any class or interface of a payload says, 
or a refusal), 
`SimulationTest` (I4, 
each effect as it is committed) |
| 
G5 | 
**History.** A new subscription gets all retained events, 
then live ones, 
without hole or seam. | 
`DeliveryIT.g5…` (100,000 events of history while publishers go on) |
| 
G6 | 
**Never skipped silently.** A position is passed only when it is stored or sealed as void. No timer skips. | 
`CatchUpTest.voidsAtTheMarkDoNotTell…`, 
`…cursorsBeyondWhatCanBeCompared…` (a source that was restored, 
or is another one), 
`SettleInterleavingsIT` (every interleaving; 
the wrong variants as mutants that the same check catches), 
`SettleIT` (busy publishers), 
`SettleServerIT` (a crash within a proof and between two looks, 
standby), 
`HighWaterMarkTest` (naive twin), 
`DeliveryIT.g2g3g4g6…` (outbox and inbox equal, 
without holes), 
`SimulationTest` (I5 to I7), 
`MutantsTest` (thirteen wrong ways to judge a hole), 
`ProofTest` (what a series of listings proves; 
3,000 seeds of publishers between any two statements) |
| 
G7 | 
**Independence.** Subscriptions do not hold each other up; 
a failing event holds up its own subject only. | 
`SharedInboxIT` (what one application pauses or holds is no other's), 
`ProcessorIT.aFailingEventHoldsItsSubjectOnly…`, 
`…aSlowSubscriptionDoesNotHoldUpAGoodOne`, 
`…retryAfterTheCauseIsGone…`, 
`…skipGivesUp…`, 
`…anObserverThatSwallowsAnErrorOfTheDatabaseHolds…`, 
`…anObserverThatTakesAnotherRole…`, 
`…aSubjectThatFitsIntoNoIndexIsHeld`, 
`…whatPassesIsNotCountedEitherIfTheDatabaseSaysSoAtTheCommit`, 
`…aTransactionThatCannotBeginIsNoAttempt`, 
`…afterOneDeadNodeNothingIsParkedUnseen`, 
`…attemptsSurviveARestart`, 
`…aNodeThatLostItsLaneDoesNotPark…`, 
`…aBlockedLaneLeavesTheBufferToTheOthers`, 
`LockedOutIT` (what may pass holds up its own subject, 
uncounted; 
a lane in doubt holds up no other), 
`SimulationTest` (I9) |
| 
G8 | 
**Takeover.** Any node may die at any point; 
another continues within the lease time. | 
`ProcessorIT.anotherNodeTakesOverWithinTheLease…`, 
`…lanesAreSharedEvenlyAndMoveWhenANodeComesGoesOrDies`, 
`…anEventThatKillsItsNodeEachTimeEndsParked`, 
`HandOverTest` (lanes given away thousands of times, 
by real threads, 
while events come in), 
`FrozenNodeIT` (a node stopped before a commit, 
of an effect or of what its operator does; 
a lane that hangs in a prepared transaction), 
`ProcessorIT.aDatabaseClockThatStepsBack…`, 
`LockedOutIT` (lanes in doubt beside those that are given back), 
`SlowObserverIT` (a slow observer of a living node keeps its lane), 
`SeveralNodesIT`, 
`ServerLifeIT.whereTheServerEndsItsDataSourceFirst…`, 
[`FaultCampaignIT`](fault-campaign.md) (nodes killed, 
frozen, 
replaced, 
PostgreSQL killed, 
and more, 
with the check of everything at the end), 
`SimulationTest` (crashes and freezes between any two statements, 
up to three nodes) |
| 
G9 | 
**Bounded.** Every queue, 
batch, 
retry, 
wait and size has a limit, 
a key and a default. | 
`ProcessorIT.atTheLimitOfHeldEvents…`, 
`…whatIsBehindAHeldEventCountsToTheLimit…`, 
`…moreHeldThanIsKeptInMemory…`, 
`LockedOutIT.nothingWaitsLongForWhatIsInDoubt…`, 
`HighWaterMarkTest.forgetsRangesPastTheBound…`, 
`LiveFanOutTest` (in events and in bytes), 
`EventRulesTest`, 
`JdbcEventLogIT` and `InboxIT` (a read counts attributes as it counts data), 
`OutboxIT.aLongTransactionWritesInChunks`, 
`ServerLimitsIT`, 
`SlowestClientIT` |
| 
G10 | 
**Honest faults.** Bad input gets a clear error at the edge and nothing is lost; 
health names the fault and the culprit. | 
`EventRulesTest`, 
`OutboxIT.idAndSourceThatAreTooLong…`, 
`ProcessorIT.whatIsHeldOfATypeThatTheNewRelease…`, 
`ObserversIT`, 
`DeploymentFaultsIT`, 
`UnhandledFaultsIT`, 
`UnknownKeysTest`, 
`WithoutLogicalDecodingIT` (a server with `wal_level=replica`, 
a standby), 
`JdbcEventLogIT` (who holds a hole open), 
`SchemaIT` and `OutboxIT` (a sequence that was not carried over with its table: named, 
with the cure, 
at the start and at the publish), 
`FeedFaultsIT`, 
`TopicFaultsIT`, 
`ServerLifeIT.healthBeforeTheStart…`, 
`WithoutHealthIT`, 
`TopicFaultsIT` (and a gap held for too long, 
with the culprit), 
`HeldGapTest`, 
`ReadyRuleTest` (who is taken out of balancing), 
`ProcessorIT.theLagInSeconds…`, 
`…whatTheDatabaseSaysAtTheCommitIsTheCause…`, 
`…whereALaneStandsIsNamed…`, 
`FailuresTest`, 
`StrangeTimesIT` and `SchemaIT` (a plain INSERT with a time nobody else can hold), 
`ShopIT` |
| 
G11 | 
**Retention never deletes what a known subscription has not handled.** | 
There is no retention yet: nothing is deleted. Range reads know "gone below". |
| 
G12 | 
**Remote topics keep G2-G7.** | 
`TwoApplicationsIT` (100,000 events of history, 
then live; 
the source killed and restarted), 
`NetworkIT` (100 seeds of cuts, 
20 of them under TLS; 
half open, 
slow), 
`SeveralSourcesIT`, 
`SeveralConsumerNodesIT` (two nodes, 
one inbox, 
either goes), 
`DivergedSourceIT` (restored, 
another database, 
emptied and filled: stops with the fault, 
goes on with the right source), 
`RotationIT`, 
`GrpcEventLogContractIT` and `InMemoryEventLogContractIT` (the same contract as the local event log), 
`SlowestClientIT` (deaf streams and deaf reads), 
`ServerLimitsIT`, 
`SecretsIT`, 
`IndependentClientIT`, 
`SecurityIT`, 
`HostileRequestsIT`; 
`WarehouseIT` (two Open Liberty, 
two PostgreSQL, 
each side killed while orders come in) |
| 
G13 | 
**Visible first.** When an observer, 
durable or live, 
or a remote consumer gets an event, 
the transaction that published it is visible to every new snapshot of the source database: what was written beside the event is there. | 
`VisibleFirstIT` (a commit that a synchronous standby holds back after its WAL went out: plain, 
with a savepoint, 
prepared; 
stream and polling, 
copied and read directly; 
a stream that breaks meanwhile; 
health and `explain` say why), 
`VisibleFirstIT` of `postevent-grpc` (a remote consumer, 
durable and live), 
`VisibleFirstTest`, 
`SnapshotTest`, 
`SimulationTest` (each entry the feed hands on, 
each call of an observer), 
`MutantsTest` (visible unasked, 
table unasked) |

CloudEvents come out as they went in, 
by the WAL and by range reads: `RoundTripIT`, 
`DebeziumFeedIT`, 
`OutboxIT`. Redeploying twenty
times leaves no thread, 
slot, 
connection or class loader behind: `RedeployIT`.

## Unit, 
simulation, 
campaign

The same promises, 
by the kind of evidence. I1 to I11 are the invariants that [simulation.md](simulation.md) and
[fault-campaign.md](fault-campaign.md) check.

| 
| 
unit | 
[simulation](simulation.md) (`SimulationTest`, 
`MutantsTest`) | 
[campaign](fault-campaign.md) on real parts (`FaultCampaignIT`, 
`SoakIT`) |
|---|---|---|---|
| 
G1 | 
`EventRulesTest` | 
I2: rollbacks, 
prepared transactions, 
commits taken back | 
backend killed, 
savepoint, 
prepared across a crash; 
rollbacks all the time |
| 
G2 | 
`HighWaterMarkTest`, 
`HolesTest` | 
I1, 
I6, 
I8 in 10,000 worlds | 
every fault; 
I1, 
I8 |
| 
G3 | 
`LaneTest` | 
I3 at each commit; 
`MutantsTest`: no fence, 
cursor before effect, 
two owners | 
six halts at commits, 
XA among them; 
kills; 
I3 |
| 
G4 | 
`LaneTest` | 
I4 at each commit; 
`MutantsTest`: number before lock | 
every fault; 
I4 against a counter of the publishers |
| 
G5 | 
`HighWaterMarkTest` | 
slot lost, 
nodes new | 
all nodes killed, 
slot dropped, 
advanced, 
taken; 
`PayloadSizesIT` |
| 
G6 | 
`HighWaterMarkTest`, 
`HolesTest`, 
`ProofTest` | 
I5 to I7 at each step; 
`MutantsTest`: thirteen wrong ways to judge a hole | 
the watch on mark and settled; 
transactions held open, 
numbers burned; 
`SequenceAlteredIT`, 
`RestoredSourceIT` |
| 
G7 | 
`LaneTest` | 
I9 while events are parked | 
poison; 
I9 |
| 
G8 | 
`LaneTest` | 
sharing, 
crashes and freezes between any two statements | 
kills, 
freezes, 
halts, 
a clock an hour off; 
takeover p99 |
| 
G9 | 
`HighWaterMarkTest`, 
`LiveFanOutTest`, 
`EventRulesTest` | 
limit of held events, 
small buffers | 
`SoakIT`: heap and WAL flat; 
I10 |
| 
G10 | 
`EventRulesTest`, 
`StandbyWatchTest` | 
I11 while a hole is held open | 
I11: who holds, 
what is away, 
full, 
taken; 
`VersionsIT` |
| 
G11 | 
none: nothing is deleted | 
none | 
none |
| 
G12 | 
`WireTest` | 
the same catch-up over any event log | 
`NetworkIT`, 
`WarehouseIT` (kills on both sides) |
| 
G13 | 
`VisibleFirstTest`, 
`SnapshotTest` | 
at each entry the feed hands on and at each call of an observer; 
`MutantsTest`: visible unasked | 
`VisibleFirstIT` in both modules |

Users drive their own observers through the same faults with the [test kit](testkit.md).

## What is not promised

* Order across subjects, 
and any order of events without a subject.
* Exactly-once invocation. After a crash, 
a rollback or a lost lane an observer may be called again; 
what the earlier call wrote through the
  transaction is gone by then. Effects outside of the transaction (mail, 
HTTP) may happen more than once: use `Delivery.again()`,
  or make them idempotent. `again()` is true wherever the observer was called for the event before, 
on whatever node. It is true without
  need only where nobody can know: of the events that were in the inbox when a lane was taken from a node that vanished, 
the next ones
  of that lane, 
at most one batch. (Two owners of a lane at one time, 
one of them frozen, 
do not know of each other's calls; 
nor does
  anybody of calls in a part of the inbox its database has lost.)
* Exactly-once effect of an observer that works outside of the transaction it is called in:
  `@Transactional(REQUIRES_NEW)` or `NOT_SUPPORTED`, 
the same of an EJB, 
or an EJB that manages its
  transactions itself. That is a fault at deployment, 
unless the observer says `@Subscription(value
  = ..., 
atLeastOnce = true)`; 
then each event has its effect at least once. What only a deployment
  descriptor or a bean that the observer calls says, 
postevent cannot see.
* That whatever an interceptor keeps from an observer is handled. An interceptor that does not call
  on, 
and throws nothing, 
has handled the event.
* That the node of which an attempt says it died is dead: it left a call of the observer and lost its lane, 
by its death or because it
  did not answer for as long as its lease. If the database server was restarted meanwhile, 
that does not count.
* Anything for `@ObservesAsync` observers: they are live, 
best effort, 
nothing is remembered, 
and a full queue drops the oldest. On a node
  whose feed does not stream (with Debezium all nodes of an application but one) they get nothing at all until the stream comes to
  that node. What every node has to see is no event for a live observer.
* That an event comes at once where commits wait for a synchronous standby: it comes when its transaction is visible, 
which with
  `synchronous_commit=on` is after the standby's answer. After a standby was promoted an event comes as soon as the promoted server shows
  it. What another server shows (a standby that observers read from) is that server's.
* A bound on the wait behind an open transaction. A publisher that holds its transaction open after its number was drawn
  (`publishNow`, 
a plain INSERT, 
a prepared transaction) holds up the later positions of that topic, 
for everybody. Health names it.
* Anything for an event that the publisher's database itself lost after it was committed (`synchronous_commit=off`, 
an asynchronous standby): its
  position may be given to another event. If the outbox is another database than the inbox, 
that is a source restored to the past, 
a fault a
  person decides on. If it is the same one, 
both go back together and the application goes on by itself.
* A `time` outside of the years 1 to 9999, 
or infinity. The topic's table refuses it; 
in a table made without that rule the row is stored and
  delivered, 
by every path, 
as an event without `time`, 
which CloudEvents allows.
* That what an observer writes is part of its transaction after that has timed out. The transaction manager then rolls back beside it, 
and some pools
  (Agroal, 
for one) give an observer that is still running connections outside of any transaction; 
what it writes there stays, 
and the event comes
  again. Give observers more time than they need (`postevent.subscription.transaction-timeout-seconds`).
* Nobody recovers an XA transaction but its transaction manager. Where a node dies between prepare and commit, 
its lane waits (and
  nothing else does) until recovery, 
or a person, 
commits or rolls back; 
health shows the lag.
* With SERIALIZABLE as the database's default: progress of an observer that is slow beside busy
  lanes of its subscription. PostgreSQL may then find a conflict between them at each commit;
  nothing is lost, 
and the event is tried again, 
uncounted. Set READ COMMITTED or REPEATABLE READ
  for postevent's data source if health shows it.
* Protection against a database whose `fsync` is off, 
or a topic table that is changed by hand.
* Settling relies on numbers that the insert itself draws (`generated always as identity (cache 1)`). Whoever draws or sets
  numbers by hand may have an insert refused (23505), 
loudly; 
nothing is lost silently. A hole of more than 10,000
  positions is not sealed: a person has to look.
