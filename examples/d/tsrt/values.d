/// Values: what a method takes and returns when that is more than tensors.
module tsrt.values;

import std.complex : Complex;
import std.conv : text, to;
import std.traits : isAssociativeArray, isFloatingPoint, isIntegral, isSomeString;
import std.typecons : isTuple;
import tsrt.errors;
import tsrt.handles : Kept;
import tsrt.tensors;

/// In tsrt's order; `view` is a tensor as an argument.
enum Kind
{
    none,
    boolean,
    integer,
    floating,
    complex,
    text,
    tensor,
    list,
    tuple,
    dict,
    device,
    object,
    other,
    enumeration,
    view
}

/// None, a bool, number, text, tensor, list, tuple or dict; or something else, to be given back.
struct Value
{
    Kind kind;
    package long integer;
    package Complex!double number;
    package string str;
    package View view;
    package Value[] keys, items;
    package Kept kept;

    /** Of null, a bool, number, string, View or Value, of an array (a list), a Tuple, or an
     * associative array (a dict in no order; Value.dict keeps one). */
    this(T)(T x)
    {
        static if (is(T == typeof(null)))
            kind = Kind.none;
        else static if (is(T : const Value))
            this = x;
        else static if (is(T : const Complex!double))
            put(Kind.complex, number, x);
        else static if (is(T : const bool))
            put(Kind.boolean, integer, x);
        else static if (isIntegral!T)
            put(Kind.integer, integer, cast(long) x);
        else static if (isFloatingPoint!T)
            put(Kind.floating, number.re, x);
        else static if (isSomeString!T)
            put(Kind.text, str, x.to!string);
        else static if (is(T == View))
            put(Kind.view, view, x);
        else static if (isTuple!T)
            this = tuple(x.expand);
        else static if (isAssociativeArray!T)
        {
            kind = Kind.dict;
            foreach (key, item; x)
                add(key, item);
        }
        else static if (is(T : E[], E))
        {
            kind = Kind.list;
            foreach (item; x)
                items ~= Value(item);
        }
        else
            static assert(false, "no value can be made of " ~ T.stringof);
    }

    static Value tuple(Args...)(Args args)
    {
        Value made;
        made.kind = Kind.tuple;
        foreach (arg; args)
            made.items ~= Value(arg);
        return made;
    }

    /// In this order: `Value.dict("links", 1.0, "rechts", 3.0)`.
    static Value dict(Args...)(Args args) if (Args.length % 2 == 0)
    {
        Value made;
        made.kind = Kind.dict;
        static foreach (i; 0 .. Args.length / 2)
            made.add(args[2 * i], args[2 * i + 1]);
        return made;
    }

    /// As a bool, number, Complex!double, string or Tensor; another kind than it is is an error.
    T get(T)() const @trusted
    {
        static if (is(T == bool))
            return need(Kind.boolean).integer != 0;
        else static if (isIntegral!T)
            return need(Kind.integer).integer.to!T;
        else static if (isFloatingPoint!T)
            return cast(T) need(Kind.floating).number.re;
        else static if (is(T == Complex!double))
            return need(Kind.complex).number;
        else static if (is(T == string))
            return kind == Kind.device ? str : need(Kind.text).str;
        else static if (is(T == Tensor))
            return need(Kind.tensor).kept.tensor;
        else
            static assert(false, "no value is a " ~ T.stringof);
    }

    /// Of a list, tuple or dict.
    size_t length() const @safe
    {
        if (kind != Kind.list && kind != Kind.tuple)
            need(Kind.dict);
        return items.length;
    }

    const(Value) opIndex(size_t i) const @safe
    {
        if (kind != Kind.tuple)
            need(Kind.list);
        if (i >= items.length)
            refuse(text("there are ", items.length, " items, and none is ", i));
        return items[i];
    }

    const(Value) opIndex(string key) const @safe
    {
        need(Kind.dict);
        foreach (i, ref name; keys)
            if (name.kind == Kind.text && name.str == key)
                return items[i];
        throw new TsrtException(ErrorCode.notFound, "there is no entry '" ~ key ~ "'");
    }

    /// Of a list or tuple.
    int opApply(scope int delegate(const Value item) use) const
    {
        foreach (i; 0 .. length)
            if (const stop = use(this[i]))
                return stop;
        return 0;
    }

    /// Of a dict, in its order.
    int opApply(scope int delegate(const Value key, const Value item) use) const
    {
        need(Kind.dict);
        foreach (i, ref key; keys)
            if (const stop = use(key, items[i]))
                return stop;
        return 0;
    }

    /// Frees the tensors and objects in it now, which the garbage collector does some time.
    void release() @trusted
    {
        foreach (ref part; keys ~ items)
            part.release();
        if (kept)
            destroy(kept);
        this = Value.init;
    }

    private void put(T, X)(Kind kind, ref T place, X x)
    {
        this.kind = kind;
        place = x;
    }

    private void add(K, V)(K key, V item)
    {
        keys ~= Value(key);
        items ~= Value(item);
    }

    private ref const(Value) need(Kind wanted) const return @safe
    {
        if (kind != wanted)
            refuse(text("the value is of kind ", kind, ", not ", wanted));
        return this;
    }
}
