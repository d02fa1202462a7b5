/// Between values of D and those of tsrt.
module tsrt.handles;

import std.algorithm.iteration : map;
import std.array : array;
import tsrt.capi;
import tsrt.errors : check;
import tsrt.tensors;
import tsrt.values;

package:

/// Owns a value of tsrt's.
struct Handle
{
    CValue* p;

    @disable this(this);

    ~this()
    {
        tsrt_value_free(p);
    }

    /// Another handle to the same value, by way of a tuple that has it as its item.
    Handle share() const
    {
        const(CValue)* inner = p;
        Handle outer, other;
        check(tsrt_value_new_tuple(&inner, 1, &outer.p));
        check(tsrt_value_item(outer.p, 0, &other.p));
        return other;
    }

    Handle item(size_t i) const
    {
        Handle found;
        check(tsrt_value_item(p, i, &found.p));
        return found;
    }

    size_t length() const
    {
        size_t n;
        check(tsrt_value_size(p, &n));
        return n;
    }
}

/// A tensor or object in a Value, freed by the garbage collector.
final class Kept
{
    Handle handle;

    this(ref const Handle from)
    {
        handle.p = null;
        handle = from.share;
    }

    Tensor tensor() const
    {
        CManagedTensor* made;
        check(tsrt_value_get_tensor(handle.p, &made));
        Tensor tensor;
        tensor.own(made);
        return tensor;
    }
}

/// Borrows the memory of the views in it.
Handle toHandle(ref const Value value)
{
    Handle made;
    final switch (value.kind) with (Kind)
    {
    case none:
        check(tsrt_value_new_none(&made.p));
        break;
    case boolean:
        check(tsrt_value_new_bool(value.integer != 0, &made.p));
        break;
    case integer:
        check(tsrt_value_new_int(value.integer, &made.p));
        break;
    case floating:
        check(tsrt_value_new_float(value.number.re, &made.p));
        break;
    case complex:
        check(tsrt_value_new_complex(value.number.re, value.number.im, &made.p));
        break;
    case text, device:
        check(tsrt_value_new_string(value.str.ptr, value.str.length, &made.p));
        break;
    case view:
        check(tsrt_value_new_tensor(&value.view.tensor, &made.p));
        break;
    case list:
        auto items = Handles(value.items);
        check(tsrt_value_new_list(items.pointers, items.length, &made.p));
        break;
    case tuple:
        auto items = Handles(value.items);
        check(tsrt_value_new_tuple(items.pointers, items.length, &made.p));
        break;
    case dict:
        auto keys = Handles(value.keys), items = Handles(value.items);
        check(tsrt_value_new_dict(keys.pointers, items.pointers, items.length, &made.p));
        break;
    case tensor, object, other, enumeration:
        made = value.kept.handle.share;
        break;
    }
    return made;
}

/// Those of several values, freed together.
private struct Handles
{
    private CValue*[] handles;

    @disable this(this);

    this(const Value[] values)
    {
        scope (failure)
            free();
        foreach (ref value; values)
        {
            auto made = value.toHandle;
            handles ~= made.p;
            made.p = null;
        }
    }

    ~this()
    {
        free();
    }

    const(CValue)** pointers()
    {
        return cast(const(CValue)**) handles.ptr;
    }

    size_t length() const
    {
        return handles.length;
    }

    private void free()
    {
        foreach (handle; handles)
            tsrt_value_free(handle);
        handles = null;
    }
}

private string str(ref const Handle handle)
{
    const(char)* text;
    size_t size;
    check(tsrt_value_get_string(handle.p, &text, &size));
    return text[0 .. size].idup;
}

Value toValue(ref const Handle handle)
{
    Value value;
    const kind = tsrt_value_kind(handle.p);
    value.kind = kind <= Kind.enumeration ? cast(Kind) kind : Kind.other;
    final switch (value.kind) with (Kind)
    {
    case none, view:
        break;
    case boolean:
        bool b;
        check(tsrt_value_get_bool(handle.p, &b));
        value.integer = b;
        break;
    case integer:
        check(tsrt_value_get_int(handle.p, &value.integer));
        break;
    case floating:
        check(tsrt_value_get_float(handle.p, &value.number.re));
        break;
    case complex:
        check(tsrt_value_get_complex(handle.p, &value.number.re, &value.number.im));
        break;
    case text, device:
        value.str = handle.str;
        break;
    case list, tuple:
        foreach (i; 0 .. handle.length)
        {
            auto item = handle.item(i);
            value.items ~= item.toValue;
        }
        break;
    case dict:
        foreach (i; 0 .. handle.length)
        {
            Handle key, item;
            check(tsrt_value_entry(handle.p, i, &key.p, &item.p));
            value.keys ~= key.toValue;
            value.items ~= item.toValue;
        }
        break;
    case tensor, object, other, enumeration:
        value.kept = new Kept(handle);
        break;
    }
    return value;
}
