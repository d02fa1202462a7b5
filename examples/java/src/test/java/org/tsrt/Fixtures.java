package org.tsrt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.function.Executable;

/** What the tests share. They run in the folder that has src in it. */
final class Fixtures {
  static final String TOUR = "../tour/tour.pt";
  static final String IDENTITY = "../tour/identity.pt";
  static final String KINDS = "src/test/resources/kinds.pt";

  private Fixtures() {}

  static FloatBuffer floats(float... elements) {
    return direct(4 * elements.length).asFloatBuffer().put(elements).flip();
  }

  static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  static TsrtException assertFails(TsrtException.Code code, Executable call) {
    TsrtException error = assertThrows(TsrtException.class, call);
    assertEquals(code, error.code(), error.getMessage());
    return error;
  }
}
