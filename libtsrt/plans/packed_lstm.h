// The two LSTM operators of packed_operators.h.
#pragma once

#include <ATen/core/stack.h>

namespace tsrt {

void run_lstm_cell(torch::jit::Stack& stack);
void run_lstm(torch::jit::Stack& stack);

}  // namespace tsrt
