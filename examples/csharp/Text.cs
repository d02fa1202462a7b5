// Text and errors.

using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Tsrt
{
    /// <summary>The codes of tsrt.h. New ones may be added.</summary>
    public enum ErrorCode
    {
        InvalidArgument = 1,
        NotFound = 2,
        NotAModel = 3,
        Unsupported = 4,
        MissingOperator = 5,
        ModelError = 6,
        Device = 7,
        OutOfMemory = 8,
        NotTrusted = 9,
        Internal = 10,
        Timeout = 11,
        Cancelled = 12,
    }

    /// <summary>What a function of tsrt failed with.</summary>
    public sealed class TsrtException : Exception
    {
        TsrtException(ErrorCode code, string message, string detail) : base(message)
        {
            Code = code;
            Detail = detail;
        }

        public ErrorCode Code { get; }

        /// <summary>The longer story, such as the model's traceback, or "".</summary>
        public string Detail { get; }

        /// <summary>Throws if there is an error, which is freed.</summary>
        internal static void Check(IntPtr error)
        {
            if (error != IntPtr.Zero) Throw(error);
        }

        static void Throw(IntPtr error)
        {
            try
            {
                throw new TsrtException(
                    (ErrorCode)Native.tsrt_error_code(error),
                    Text.FromUtf8(Native.tsrt_error_message(error)),
                    Text.FromUtf8(Native.tsrt_error_detail(error)));
            }
            finally
            {
                Native.tsrt_error_free(error);
            }
        }
    }

    internal static unsafe class Text
    {
        // Refuses half a surrogate pair, which would silently become another character.
        static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>With a zero byte at its end; null for null.</summary>
        public static byte[] ToUtf8(string text)
        {
            if (text == null) return null;
            if (text.IndexOf('\0') >= 0)
                throw new ArgumentException("there is a zero character in the text \""
                    + text.Replace("\0", "\\0") + "\"");
            return Strict.GetBytes(text + '\0');
        }

        /// <summary>Without a zero byte at its end, so there may be some within.</summary>
        public static byte[] ToSizedUtf8(string text)
        {
            return Strict.GetBytes(text);
        }

        public static string FromUtf8(IntPtr text)
        {
            long size = 0;
            while (((byte*)text)[size] != 0) ++size;
            return FromUtf8(text, size);
        }

        /// <summary>What is not UTF-8 becomes U+FFFD.</summary>
        public static string FromUtf8(IntPtr text, long size)
        {
            return size == 0 ? "" : Encoding.UTF8.GetString((byte*)text, checked((int)size));
        }
    }
}
