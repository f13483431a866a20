-- An operator may delete a subscription that no release deploys any more; what was done with it stays listed.
alter table postevent_inbox.operation
    drop constraint operation_action_check,
    add constraint operation_action_check check (action in ('retry', 'skip', 'pause', 'resume', 'replay', 'delete'));
