# Debian 12 packages, linked statically so that the binary needs nothing at run time.
# Header-only ones (Boost.Asio, toml++, nlohmann/json, CLI11) need no target: their headers are on the system path.

# The library `name` from the archive lib<file>.a; who installs our archive links -l<file>.
function(streamline_static_library name file header)
  find_library(${name}_FILE NAMES lib${file}.a REQUIRED)
  find_path(${name}_INCLUDE NAMES ${header} REQUIRED)
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE ${${name}_FILE})
  set_property(GLOBAL APPEND PROPERTY STREAMLINE_SYSTEM_LIBRARIES ${file})
endfunction()

streamline_static_library(codec_lz4 lz4 lz4frame.h)
streamline_static_library(codec_zstd zstd zstd.h)
streamline_static_library(codec_snappy snappy snappy.h)
streamline_static_library(codec_zlib z zlib.h)
streamline_static_library(regular_expressions re2 re2/re2.h)
add_library(codecs INTERFACE)
target_link_libraries(codecs INTERFACE codec_lz4 codec_zstd codec_snappy codec_zlib)

# The command line's editor, and what its archive needs in turn.
find_path(line_editor_INCLUDE NAMES histedit.h REQUIRED)
add_library(line_editor INTERFACE)
foreach(file edit tinfo bsd md)
  find_library(line_editor_${file} NAMES lib${file}.a REQUIRED)
  target_link_libraries(line_editor INTERFACE ${line_editor_${file}})
endforeach()

# Debian ships fmt as a shared object only, so its code is compiled here, once.
add_library(streamline_fmt STATIC ${PROJECT_SOURCE_DIR}/cmake/fmt_instances.cc)
target_link_libraries(streamline_fmt PRIVATE streamline_options streamline_lto_objects)
streamline_may_be_shared(streamline_fmt)
set_property(GLOBAL APPEND PROPERTY STREAMLINE_ROOM_LIBRARIES streamline_fmt)
