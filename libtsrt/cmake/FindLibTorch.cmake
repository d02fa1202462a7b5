# Finds LibTorch and makes the target `libtorch`. LibTorch's own CMake package is not used: that of a
# CUDA build demands a CUDA toolkit, and libtsrt compiles against the CPU headers only.
#
# Looked for in: TSRT_TORCH_ROOT (variable or environment), each CMAKE_PREFIX_PATH, and the torch
# package of the `python3` on the PATH, which is located and not imported.

set(candidates ${TSRT_TORCH_ROOT} $ENV{TSRT_TORCH_ROOT} ${CMAKE_PREFIX_PATH})
execute_process(
  COMMAND python3 -c
    "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
  OUTPUT_VARIABLE python_torch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
list(APPEND candidates ${python_torch})

foreach(candidate IN LISTS candidates)
  if(EXISTS "${candidate}/lib/libtorch_cpu.so" AND EXISTS "${candidate}/include/ATen/ATen.h")
    set(libtorch_root "${candidate}")
    break()
  endif()
endforeach()
if(NOT libtorch_root)
  message(FATAL_ERROR "LibTorch was not found in [${candidates}]. Set TSRT_TORCH_ROOT to an "
    "unpacked LibTorch or to the folder of an installed torch package.")
endif()

file(STRINGS "${libtorch_root}/include/torch/headeronly/version.h" version_lines
  REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
string(REGEX MATCHALL "[0-9]+" version_numbers "${version_lines}")
list(JOIN version_numbers "." libtorch_version)
if(libtorch_version VERSION_LESS 2.11 OR libtorch_version VERSION_GREATER_EQUAL 2.16)
  message(WARNING "tsrt is made for LibTorch 2.11 to 2.15; this is ${libtorch_version}")
endif()
message(STATUS "LibTorch ${libtorch_version} in ${libtorch_root}")

add_library(libtorch INTERFACE)
target_include_directories(libtorch SYSTEM INTERFACE
  "${libtorch_root}/include" "${libtorch_root}/include/torch/csrc/api/include")
target_link_libraries(libtorch INTERFACE
  "${libtorch_root}/lib/libtorch_cpu.so" "${libtorch_root}/lib/libc10.so")
