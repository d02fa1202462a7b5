package org.tsrt;

/** A complex number, as methods take and return it. */
public record Complex(double real, double imaginary) {}
