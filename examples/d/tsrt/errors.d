/// What goes wrong in tsrt, as an exception.
module tsrt.errors;

import std.algorithm.searching : canFind;
import std.string : fromStringz, toStringz;
import tsrt.capi;

/// New ones may come: one that is not here is like `internal`.
enum ErrorCode
{
    invalidArgument = 1,
    notFound,
    notAModel,
    unsupported,
    missingOperator,
    modelError,
    device,
    outOfMemory,
    notTrusted,
    internal,
    timeout,
    cancelled
}

class TsrtException : Exception
{
    ErrorCode code;
    string detail; /// The longer story, such as the traceback through the model's code.

    this(ErrorCode code, string message, string detail = "", string file = __FILE__,
        size_t line = __LINE__) @safe pure nothrow
    {
        super(message, file, line);
        this.code = code;
        this.detail = detail;
    }
}

package:

/// Throws what a C function returned, if that is an error.
void check(CError* error) @trusted
{
    pragma(inline, true);
    if (error)
        fail(error);
}

private noreturn fail(CError* error) @system
{
    scope (exit)
        tsrt_error_free(error);
    throw new TsrtException(cast(ErrorCode) tsrt_error_code(error),
        tsrt_error_message(error).fromStringz.idup, tsrt_error_detail(error).fromStringz.idup);
}

noreturn refuse(string message) @safe
{
    throw new TsrtException(ErrorCode.invalidArgument, message);
}

/// For C, where a zero byte would end the text.
const(char)* zeroEnded(string text) @trusted
{
    if (text.canFind('\0'))
        refuse("there is a zero byte in '" ~ text ~ "'");
    return text.toStringz;
}
