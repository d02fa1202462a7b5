// Writes JSON, one value after the other; commas are its business.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace tsrt {

class Json {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void null() { item("null"); }
  void boolean(bool value) { item(value ? "true" : "false"); }
  void integer(int64_t value) { item(std::to_string(value)); }

  void number(double value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.9g", value);
    item(digits);
  }

  void key(std::string_view name) {
    string(name);
    text_ += ':';
    first_ = true;
  }

  void string(std::string_view value) {
    item("\"");
    for (const char c : value) {
      if (c == '"' || c == '\\') {
        (text_ += '\\') += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", c);
        text_ += escape;
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }

  const std::string& text() const { return text_; }

 private:
  void item(std::string_view piece) {
    if (!first_) text_ += ',';
    text_ += piece;
    first_ = false;
  }
  void open(char bracket) {
    item(std::string_view(&bracket, 1));
    first_ = true;
  }
  void close(char bracket) {
    text_ += bracket;
    first_ = false;
  }

  std::string text_;
  bool first_ = true;
};

}  // namespace tsrt
