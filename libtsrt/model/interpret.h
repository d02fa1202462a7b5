// Runs prepared code.
#pragma once

#include <torch/csrc/jit/runtime/interpreter.h>

#include <functional>

namespace tsrt {

// The stack holds the code's inputs, and afterwards the result alone.
//
// What a method starts with torch.jit.fork runs at once, on this thread. LibTorch would give it to
// a pool of other threads, where it reads attributes beside the method that replaces them: without
// a lock, so that now and then the heap is corrupted. It would also be without the model's number
// of threads and time, and not end with the call; and in a forked child that pool has no threads.
inline void interpret(const torch::jit::Code& code, torch::jit::Stack& stack) {
  const auto at_once = [](std::function<void()> task) { task(); };
  torch::jit::InterpreterState(code, at_once).run(stack);
}

}  // namespace tsrt
