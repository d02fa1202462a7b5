package org.tsrt;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text as C has it: UTF-8, whatever the locale is. */
final class Text {
  private Text() {}

  /** UTF-8. (String.getBytes would make a question mark of half a surrogate pair.) */
  static byte[] encode(String text) {
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      return Arrays.copyOf(bytes.array(), bytes.limit());
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the text is no valid UTF-16: " + text, e);
    }
  }

  /** For C, which ends text at a zero byte; null for null. */
  static byte[] toC(String text) {
    if (text == null) return null;
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("there is a zero byte in '" + text + "'");
    }
    byte[] bytes = encode(text);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  /** Text that lies at an address and ends in a zero byte. */
  static String fromC(long address) {
    return Memory.at(address).getString(0, "UTF-8");
  }

  /** What is not UTF-8 (a model may cut text by bytes) becomes the replacement character. */
  static String decode(long address, long size) {
    return new String(Memory.bytes(address, size), StandardCharsets.UTF_8);
  }

  /** The text that a function has put at {@code Scratch.first()}, which is freed. */
  static String take(Scratch scratch) {
    long text = scratch.first();
    try {
      return fromC(text);
    } finally {
      Libtsrt.tsrt_string_free(text);
    }
  }
}
