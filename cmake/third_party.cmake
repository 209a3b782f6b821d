# Debian 12 packages, linked statically so that the binary needs nothing at run time.
function(streamline_static_library name file header)
  find_library(${name}_FILE NAMES ${file} REQUIRED)
  find_path(${name}_INCLUDE NAMES ${header} REQUIRED)
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE ${${name}_FILE})
endfunction()

streamline_static_library(codec_lz4 liblz4.a lz4frame.h)
streamline_static_library(codec_zstd libzstd.a zstd.h)
streamline_static_library(codec_snappy libsnappy.a snappy.h)
streamline_static_library(codec_zlib libz.a zlib.h)
add_library(codecs INTERFACE)
target_link_libraries(codecs INTERFACE codec_lz4 codec_zstd codec_snappy codec_zlib)

# Debian ships fmt only as a shared object; its headers carry the whole of it.
add_library(fmt_headers INTERFACE)
target_compile_definitions(fmt_headers INTERFACE FMT_HEADER_ONLY)
add_library(json_headers INTERFACE)
add_library(toml_headers INTERFACE)
add_library(cli_headers INTERFACE)
