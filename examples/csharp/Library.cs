// Finding libtsrt.

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tsrt
{
    /// <summary>About libtsrt: the file that TSRT_LIBRARY names, else "libtsrt.so.0".</summary>
    public static class Library
    {
        const int AbiVersion = 0;
        const int RtldNow = 2;
        static readonly object Lock = new object();
        static bool opened;
        static string version;
        static string torchVersion;

        [DllImport("libdl.so.2")] static extern IntPtr dlopen(byte[] path, int flags);
        [DllImport("libdl.so.2")] static extern IntPtr dlerror();

        public static string Version
        {
            get { Open(); return version; }
        }

        public static string TorchVersion
        {
            get { Open(); return torchVersion; }
        }

        /// <summary>How many objects of tsrt have not been freed yet, for leak tests.</summary>
        public static long LiveHandles
        {
            get { Open(); return CountLiveHandles(); }
        }

        /// <summary>Opens the file that TSRT_LIBRARY names: the dynamic linker then finds it for
        /// every DllImport, by its name "libtsrt.so.0".</summary>
        /// <remarks>Mono looks for a function's library when it compiles the function's caller. So
        /// no method may call this and a function of tsrt as well.</remarks>
        internal static void Open()
        {
            lock (Lock)
            {
                if (opened) return;
                string path = Environment.GetEnvironmentVariable("TSRT_LIBRARY");
                bool found = string.IsNullOrEmpty(path)
                    || dlopen(Text.ToUtf8(path), RtldNow) != IntPtr.Zero;
                if (!found) throw new DllNotFoundException(Text.FromUtf8(dlerror()));
                ReadVersions();
                opened = true;
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void ReadVersions()
        {
            int abiVersion = Native.tsrt_abi_version();
            if (abiVersion != AbiVersion)
                throw new NotSupportedException(
                    $"libtsrt has ABI version {abiVersion}, and this binding is for {AbiVersion}");
            version = Text.FromUtf8(Native.tsrt_version());
            torchVersion = Text.FromUtf8(Native.tsrt_torch_version());
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static long CountLiveHandles() => Native.tsrt_live_handles();
    }
}
