// Bounds of the page: what is longer is paged, or said to be longer.

/** Rows in one table. */
export const ROWS_MAX = 200;
/** Rows in one page of held events. */
export const HELD_PAGE = 100;
/** Rows in one page of events. */
export const EVENTS_PAGE = 50;
/** Rows in one page of operations. */
export const OPERATIONS_PAGE = 50;
/** Events of a live tail that are kept in view. */
export const TAIL_MAX = 200;
/** Above so many changed events, the subscription's name is to be typed. */
export const TYPED_NAME_ABOVE = 100;
/** Characters of a reason. */
export const REASON_MAX = 1_000;
/** Subscriptions and remote consumers in one picture; a topic that has more fills one alone. */
export const PICTURE_ROWS_MAX = 20;
/** Nodes that a row of the overview names. */
export const LANES_BRIEF = 3;
