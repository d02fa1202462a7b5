package org.tsrt;

/** A device, as methods take and return it: its name is "cpu", "cuda:0" or the like. */
public record Device(String name) {}
