package dev.postevent.sample.web;

/**
 * Why a body is not taken.
 *
 * @param status of the answer
 * @param rule what the sender hears
 */
record BodyRefused(int status, String rule) {}
