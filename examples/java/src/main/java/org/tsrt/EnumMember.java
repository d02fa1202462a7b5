package org.tsrt;

/**
 * A member of a model's enum class. As an argument it goes by its name, so it has to stand where
 * the method wants a member of that class.
 */
public record EnumMember(String type, String name, Object value) {}
