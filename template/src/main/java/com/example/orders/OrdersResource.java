package com.example.orders;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.FormParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.sql.SQLException;
import java.util.List;

/** The application's HTTP face. */
@Path("/")
@RequestScoped
@Produces(MediaType.APPLICATION_JSON)
public class OrdersResource {
    @Inject
    Orders orders;

    @Inject
    Invoices invoices;

    /** Places an order; answers its number, and 400 where something is missing. */
    @POST
    @Path("orders")
    public long place(@FormParam("customer") String customer, @FormParam("item") String item) throws SQLException {
        if (customer == null || customer.isBlank() || item == null || item.isBlank()) {
            throw new BadRequestException("an order has a customer and an item");
        }
        return orders.place(customer, item);
    }

    /** The orders of a customer that are billed. */
    @GET
    @Path("invoices/{customer}")
    public List<Long> billed(@PathParam("customer") String customer) throws SQLException {
        return invoices.of(customer);
    }
}
