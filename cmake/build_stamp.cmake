# The library streamline_build_stamp defines what base/build_stamp.h declares. The commit is looked up at every build, but the
# file changes, and the programs link again, only when the answer does.
set(stamp_source ${PROJECT_BINARY_DIR}/gen/build_stamp.cc)
set(stamp_sanitizers "")
if(STREAMLINE_SANITIZE)
  set(stamp_sanitizers " ${STREAMLINE_SANITIZE}")
endif()
add_custom_target(streamline_write_build_stamp
  COMMAND ${CMAKE_COMMAND} -D SOURCE_DIR=${PROJECT_SOURCE_DIR} -D OUTPUT=${stamp_source} -D VERSION=${PROJECT_VERSION}
          "-DBUILD=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE}${stamp_sanitizers}"
          -P ${PROJECT_SOURCE_DIR}/cmake/write_build_stamp.cmake
  BYPRODUCTS ${stamp_source} COMMENT "" VERBATIM)
add_library(streamline_build_stamp STATIC ${stamp_source})
add_dependencies(streamline_build_stamp streamline_write_build_stamp)
target_link_libraries(streamline_build_stamp PRIVATE streamline_options)
