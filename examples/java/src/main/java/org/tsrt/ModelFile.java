package org.tsrt;

import static org.tsrt.Memory.check;

import java.nio.ByteBuffer;

/**
 * What a file is, found without executing any of it: for files that you do not trust. Buffers are
 * read from position to limit, and copied if they are not direct.
 */
public final class ModelFile {
  private ModelFile() {}

  /** What the file is and contains, as one JSON object, which tsrt.h explains. */
  public static String inspect(String path) {
    Scratch scratch = Scratch.get();
    check(Libtsrt.tsrt_inspect(Text.toC(path), scratch.out()));
    return Text.take(scratch);
  }

  public static String inspect(ByteBuffer file) {
    Scratch scratch = Scratch.get();
    Memory.with(file, (data, size) -> Libtsrt.tsrt_inspect_buffer(data, size, scratch.out()));
    return Text.take(scratch);
  }

  /** Throws, with the code NOT_A_MODEL, if the archive is damaged. */
  public static void verify(String path) {
    check(Libtsrt.tsrt_verify(Text.toC(path)));
  }

  public static void verify(ByteBuffer file) {
    Memory.with(file, Libtsrt::tsrt_verify_buffer);
  }

  /** One of the files that were saved with a model. */
  public static byte[] extraFile(String path, String name) {
    Scratch scratch = Scratch.get();
    check(Libtsrt.tsrt_extra_file(
        Text.toC(path), Text.toC(name), scratch.out(0), scratch.out(1)));
    return Memory.take(scratch);
  }

  public static byte[] extraFile(ByteBuffer file, String name) {
    Scratch scratch = Scratch.get();
    Memory.with(file, (data, size) -> Libtsrt.tsrt_extra_file_buffer(
        data, size, Text.toC(name), scratch.out(0), scratch.out(1)));
    return Memory.take(scratch);
  }
}
