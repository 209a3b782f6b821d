# Language, warnings, optimisation and sanitizers; the presets choose among them.
option(STREAMLINE_TESTS "build the tests" ${PROJECT_IS_TOP_LEVEL})
option(STREAMLINE_BENCH "build the benchmarks" OFF)
option(STREAMLINE_LTO "link-time optimisation" OFF)
set(STREAMLINE_SANITIZE "" CACHE STRING "sanitizers: 'address,undefined', 'thread' or empty")

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

add_library(streamline_options INTERFACE)
target_compile_features(streamline_options INTERFACE cxx_std_23)
target_include_directories(streamline_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/gen>)
target_compile_options(streamline_options INTERFACE
  -march=x86-64-v2 -fno-omit-frame-pointer -Wall -Wextra -Wconversion -Wshadow -Werror)
find_package(Threads REQUIRED)
target_link_libraries(streamline_options INTERFACE Threads::Threads)

if(STREAMLINE_SANITIZE)
  target_compile_options(streamline_options INTERFACE -fsanitize=${STREAMLINE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(streamline_options INTERFACE -fsanitize=${STREAMLINE_SANITIZE})
else()
  target_link_options(streamline_options INTERFACE -static-libstdc++ -static-libgcc)
endif()
if(STREAMLINE_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
