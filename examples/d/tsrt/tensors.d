/// Tensors: `View`, memory of the program's own, and `Tensor`, what a model made.
module tsrt.tensors;

import std.complex : Complex;
import std.conv : text;
import std.traits : isFloatingPoint, isIntegral, isSigned, isStaticArray, Unqual;
import tsrt.capi;
import tsrt.errors;

/** Elements of an array as a tensor, without a copy. It keeps an array of the garbage collector's;
 * a static one has to outlive it. */
struct View
{
    package CTensor tensor;
}

/// Elements that a model writes to.
struct Buffer
{
    package View view;
}

/** A view with the array's shape: its length, and those of static arrays in it. Another shape for
 * as many elements can be given: `numbers.view(2, 3)`. */
View view(T)(return scope const T[] data, scope const long[] shape...) @trusted
{
    auto own = cast(long) data.length ~ innerShape!T;
    if (shape.length && product(shape) != product(own))
        refuse(text(product(own), " elements are not a tensor of shape ", shape));
    return make(data.ptr, dtypeOf!(Innermost!T), shape.length ? shape.dup : own);
}

/// The same for elements that lie apart: `strides` has their distance along each dimension.
View stridedView(T)(return scope const T[] data, scope const long[] shape,
    scope const long[] strides) @trusted
{
    if (shape.length != strides.length)
        refuse("shape and strides are not of one length");
    long end = 1;
    foreach (i, stride; strides)
    {
        if (stride < 0 || shape[i] < 0)
            refuse("a view cannot run backwards");
        end += (shape[i] - 1) * stride;
    }
    if (product(shape) && end > cast(long) data.length)
        refuse(text("the view goes beyond the ", data.length, " elements"));
    auto made = make(data.ptr, dtypeOf!T, shape.dup);
    made.tensor.strides = strides.dup.ptr;
    return made;
}

Buffer buffer(T)(return scope T[] data, scope const long[] shape...) @trusted
{
    return Buffer(view(data, shape));
}

/** A tensor that owns its memory, which is in row-major order, and frees it at the end of its
 * scope. It can be moved, and `share` makes another owner. */
struct Tensor
{
    private CManagedTensor* handle;

    @disable this(this);

    ~this() @trusted
    {
        if (handle)
            tsrt_managed_tensor_free(handle);
    }

    /// Another tensor with the same memory, which lives as long as one of them.
    Tensor share() @trusted
    {
        Tensor other;
        check(tsrt_managed_tensor_share(handle, &other.handle));
        return other;
    }

    const(long)[] shape() const return @trusted
    {
        return tensor.shape[0 .. tensor.ndim];
    }

    /// How many elements there are.
    size_t length() const @safe
    {
        return product(shape);
    }

    /// Such as "float32".
    string dtype() const @trusted
    {
        return name(tensor.dtype);
    }

    /** The elements, in row-major order, where they are: valid as long as the tensor.
     * `.dup` makes a copy. */
    inout(T)[] values(T)() inout return @trusted
    {
        pragma(inline, true);
        enum wanted = dtypeOf!T;
        if (tensor.dtype != wanted)
            refuse("the elements are " ~ dtype ~ ", not " ~ name(wanted));
        return (cast(inout(T)*)(tensor.data + tensor.byteOffset))[0 .. length];
    }

    /// As an argument, without a copy.
    View view() const return @trusted
    {
        return View(*cast(CTensor*)&tensor());
    }

package:
    /// Takes the handle. A model may make tensors that are not in row-major order; they are copied.
    void own(CManagedTensor* made) @trusted
    {
        destroy(this);
        handle = made;
        if (made.tensor.isPlain)
            return;
        handle = null;
        scope (exit)
            tsrt_managed_tensor_free(made);
        check(tsrt_tensor_copy(&made.tensor, "cpu", &handle));
    }

    ref inout(CTensor) tensor() inout return @trusted
    {
        if (!handle)
            refuse("the tensor has not been set");
        return handle.tensor;
    }
}

private:

View make(const void* data, CDtype dtype, long[] shape) @trusted
{
    CTensor tensor = {
        data: cast(void*) data, ndim: cast(int) shape.length, dtype: dtype, shape: shape.ptr
    };
    return View(tensor);
}

CDtype dtypeOf(E)()
{
    alias T = Unqual!E;
    enum ubyte bits = 8 * T.sizeof;
    static if (is(T == bool))
        return CDtype(6, 8);
    else static if (is(T == Complex!F, F))
        return CDtype(5, bits);
    else static if (isFloatingPoint!T && T.sizeof <= 8)
        return CDtype(2, bits);
    else static if (isIntegral!T)
        return CDtype(isSigned!T ? 0 : 1, bits);
    else
        static assert(false, "no tensor has elements of type " ~ T.stringof);
}

template Innermost(T)
{
    static if (isStaticArray!T)
        alias Innermost = Innermost!(typeof(T.init[0]));
    else
        alias Innermost = T;
}

long[] innerShape(T)()
{
    static if (isStaticArray!T)
        return T.length ~ innerShape!(typeof(T.init[0]));
    else
        return [];
}

long product(scope const long[] shape) @safe pure nothrow @nogc
{
    long n = 1;
    foreach (size; shape)
        n *= size;
    return n;
}

string name(CDtype dtype) @safe
{
    static immutable names = ["int", "uint", "float", "opaque", "bfloat", "complex", "bool"];
    if (dtype.code > 6)
        return "float8";
    return dtype.code == 6 ? "bool" : text(names[dtype.code], dtype.bits);
}

/// In row-major order, in the host's memory.
bool isPlain(ref const CTensor tensor) @trusted pure nothrow @nogc
{
    if (tensor.deviceType != 1)
        return false;
    long distance = 1;
    for (int i = tensor.ndim - 1; tensor.strides && i >= 0; --i)
    {
        if (tensor.shape[i] != 1 && tensor.strides[i] != distance)
            return false;
        distance *= tensor.shape[i];
    }
    return true;
}
