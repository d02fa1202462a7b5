package org.tsrt;

/** What tsrt says went wrong: a kind, one line, and sometimes a longer story. */
public final class TsrtException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What kind of failure it was. A later tsrt may have more: those are {@link #INTERNAL} here. */
  public enum Code {
    /** The call is wrong: shape, dtype, count, option. */
    INVALID_ARGUMENT,
    /** No such file, method, or attribute. */
    NOT_FOUND,
    /** The file is something else, or damaged. */
    NOT_A_MODEL,
    /** Well-formed, and beyond what this build can do. */
    UNSUPPORTED,
    /** The model needs an operator that this LibTorch does not have. */
    MISSING_OPERATOR,
    /** Raised inside the model while it ran. */
    MODEL_ERROR,
    /** The device is absent, or failed. */
    DEVICE,
    /** On the host or on the device. */
    OUT_OF_MEMORY,
    /** Refused for safety. */
    NOT_TRUSTED,
    /** A defect in tsrt or LibTorch. */
    INTERNAL,
    /** The call took longer than its timeout. */
    TIMEOUT,
    /** Stopped by {@link Model#cancel}. */
    CANCELLED;

    private static final Code[] ALL = values();

    /** The number in tsrt.h. */
    public int number() {
      return ordinal() + 1;
    }

    static Code of(int number) {
      return number >= 1 && number <= ALL.length ? ALL[number - 1] : INTERNAL;
    }
  }

  private final Code code;
  private final String detail;

  TsrtException(Code code, String message, String detail) {
    super(message);
    this.code = code;
    this.detail = detail;
  }

  public Code code() {
    return code;
  }

  /** Such as the traceback through the model's code; "" when there is nothing more to say. */
  public String detail() {
    return detail;
  }

  /** Takes over a tsrt_error. */
  static TsrtException take(long error) {
    try {
      return new TsrtException(
          Code.of(Libtsrt.tsrt_error_code(error)),
          Text.fromC(Libtsrt.tsrt_error_message(error)),
          Text.fromC(Libtsrt.tsrt_error_detail(error)));
    } finally {
      Libtsrt.tsrt_error_free(error);
    }
  }
}
