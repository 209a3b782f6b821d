# Language, warnings, optimisation and sanitizers; the presets choose among them.
option(STREAMLINE_TESTS "build the tests" ${PROJECT_IS_TOP_LEVEL})
option(STREAMLINE_BENCH "build the benchmarks" OFF)
option(STREAMLINE_LTO "link the programs with link-time optimisation (g++)" OFF)
option(STREAMLINE_STATIC "link the programs with nothing left to find at run time, for an image on an empty base" OFF)
option(STREAMLINE_SHARED "build libstreamline.so too, which makes every room position independent code" OFF)
option(STREAMLINE_PCH "precompile the standard headers; off in one build so that no file leans on them unseen" ON)
option(STREAMLINE_FUZZ "build the fuzzers (clang++)" OFF)
set(STREAMLINE_SANITIZE "" CACHE STRING "sanitizers: 'address,undefined', 'thread' or empty")

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
include(GNUInstallDirs)

# ccache shares objects between build folders and clones; the sloppiness is what its manual asks for with precompiled headers.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

# What every target of ours is compiled and linked with.
add_library(streamline_options INTERFACE)
target_compile_features(streamline_options INTERFACE cxx_std_23)
target_include_directories(streamline_options INTERFACE
  ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/gen)
target_compile_options(streamline_options INTERFACE
  -march=x86-64-v2 -fno-omit-frame-pointer -Wall -Wextra -Wconversion -Wshadow
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(streamline_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
else()
  target_compile_options(streamline_options INTERFACE -fpch-preprocess)
endif()
find_package(Threads REQUIRED)
target_link_libraries(streamline_options INTERFACE Threads::Threads)

if(STREAMLINE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Between the calls that a sanitizer adds, g++ 12 loses track of lengths and sees memory overrun where none is (its manual
  # says so). The builds without sanitizers keep these warnings, as errors.
  target_compile_options(streamline_options INTERFACE
    -Wno-array-bounds -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict)
endif()
if(STREAMLINE_SANITIZE)
  target_compile_options(streamline_options INTERFACE -fsanitize=${STREAMLINE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(streamline_options INTERFACE -fsanitize=${STREAMLINE_SANITIZE})
else()
  target_link_options(streamline_options INTERFACE -static-libstdc++ -static-libgcc)
endif()
if(STREAMLINE_FUZZ)
  target_compile_options(streamline_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What a room's objects need to lie in the shared library as well: nothing of theirs is seen outside but what the public headers say.
function(streamline_may_be_shared target)
  if(STREAMLINE_SHARED)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_options(${target} PRIVATE -fvisibility=hidden)
  endif()
endfunction()

# Objects of the rooms carry both forms, so that programs are optimised as a whole while the many tests link in a moment.
add_library(streamline_lto_objects INTERFACE)
add_library(streamline_lto_link INTERFACE)
add_library(streamline_plain_link INTERFACE)
if(STREAMLINE_LTO)
  target_compile_options(streamline_lto_objects INTERFACE -flto=auto -ffat-lto-objects)
  target_link_options(streamline_lto_link INTERFACE -flto=auto)
  target_link_options(streamline_plain_link INTERFACE -fno-lto)
endif()
