# Warnings, hardening and sanitizers, for every target.
add_library(ag_flags INTERFACE)

target_compile_options(ag_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wundef -Wswitch-enum -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside libstdc++ and Boost after inlining, where nothing is wrong:
  # GCC bugs 105329, 105651 and 109224 among others.
  target_compile_options(ag_flags INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread
    -Wno-array-bounds -Wno-mismatched-new-delete -Wno-missing-field-initializers)
else()
  # Left-out members of a described struct take their default initialisers: that is what they are for.
  target_compile_options(ag_flags INTERFACE -Wno-missing-field-initializers -Wno-missing-designated-field-initializers)
endif()

target_compile_options(ag_flags INTERFACE -fstack-protector-strong)
target_compile_definitions(ag_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(ag_flags INTERFACE -fstack-clash-protection -fcf-protection)
  target_compile_definitions(ag_flags INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(ag_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_FUZZ "-O1 -g1")  # fuzzers: enough speed, and traces that can be read

if(AG_SANITIZE)
  target_compile_options(ag_flags INTERFACE
    -fsanitize=${AG_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ag_flags INTERFACE -fsanitize=${AG_SANITIZE})
endif()

find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_link_options(ag_flags INTERFACE -fuse-ld=mold)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Without it a precompiled header carries a time stamp and ccache never hits.
  target_compile_options(ag_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()
