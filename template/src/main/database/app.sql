-- The application's own tables. Those of postevent are made at its first start.
create schema app;
create table app.orders (
    id bigint generated always as identity primary key,
    customer text not null,
    item text not null
);
-- No order twice: a second invoice for one would be an error. It does not come to that.
create table app.invoices (
    id bigint generated always as identity primary key,
    order_id bigint not null unique references app.orders,
    customer text not null
);
