# How rooms and programs become targets.

# The standard headers that most files of the rooms include; g++ needs half the time with them precompiled.
set(STREAMLINE_STANDARD_HEADERS <algorithm> <array> <atomic> <chrono> <cstdint> <cstring> <expected> <functional> <map> <memory> <mutex>
    <optional> <span> <string> <string_view> <unordered_map> <variant> <vector> <fmt/format.h>)

# Precompiles headers as target `name`, which rooms reuse; they are known by what they are linked to.
function(streamline_headers name)
  cmake_parse_arguments(HEADERS "" "" "PRECOMPILE;LINK" ${ARGN})
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/gen/${name}.cc CONTENT "// Only carries precompiled headers.\n")
  add_library(${name} OBJECT ${PROJECT_BINARY_DIR}/gen/${name}.cc)
  target_link_libraries(${name} PRIVATE streamline_options streamline_lto_objects ${HEADERS_LINK})
  target_precompile_headers(${name} PRIVATE ${HEADERS_PRECOMPILE})
endfunction()

if(STREAMLINE_PCH)
  streamline_headers(streamline_room_headers PRECOMPILE ${STREAMLINE_STANDARD_HEADERS})
endif()

# A room is src/<name>/: every .cc in it becomes the static library streamline_<name>.
# SOURCES are further files, such as generated ones; HEADERS a target of streamline_headers that fits it better than the standard ones.
function(streamline_room name)
  cmake_parse_arguments(ROOM "" "HEADERS" "DEPS;LINK;SOURCES" ${ARGN})
  if(NOT ROOM_HEADERS)
    set(ROOM_HEADERS streamline_room_headers)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc
       ${PROJECT_SOURCE_DIR}/src/${name}/*/*.cc)
  list(APPEND sources ${ROOM_SOURCES})
  if(sources)
    add_library(streamline_${name} STATIC ${sources})
    target_link_libraries(streamline_${name} PRIVATE streamline_lto_objects)
    if(STREAMLINE_PCH)
      target_precompile_headers(streamline_${name} REUSE_FROM ${ROOM_HEADERS})
    endif()
    set_property(GLOBAL APPEND PROPERTY STREAMLINE_ROOM_LIBRARIES streamline_${name})
    set(scope PUBLIC)
  else()
    add_library(streamline_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  set_property(GLOBAL APPEND PROPERTY STREAMLINE_ROOMS ${name})
  target_link_libraries(streamline_${name} ${scope} streamline_options)
  foreach(dep ${ROOM_DEPS})
    target_link_libraries(streamline_${name} ${scope} streamline_${dep})
  endforeach()
  target_link_libraries(streamline_${name} ${scope} ${ROOM_LINK})
endfunction()

# A program: every .cc of DIR. It may ask base/build_stamp.h what it was built from.
function(streamline_program name)
  cmake_parse_arguments(PROG "" "DIR" "DEPS;LINK" ${ARGN})
  if(PROG_DIR)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${PROG_DIR}/*.cc)
  else()
    set(sources ${PROG_UNPARSED_ARGUMENTS})
  endif()
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  if(PROG_DIR)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/${PROG_DIR})
  endif()
  target_link_libraries(${name} PRIVATE streamline_options streamline_lto_objects streamline_lto_link streamline_build_stamp ${PROG_LINK})
  foreach(dep ${PROG_DEPS})
    target_link_libraries(${name} PRIVATE streamline_${dep})
  endforeach()
  if(STREAMLINE_STATIC)
    # The linker warns that names are then looked up by the C library alone, in files and by DNS: that is what is wanted.
    target_link_options(${name} PRIVATE -static)
  endif()
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
endfunction()
