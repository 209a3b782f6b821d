# What an installation holds: the programs, the public headers, and one archive with all rooms, found by
# find_package(Streamline CONFIG) as Streamline::streamline; with STREAMLINE_SHARED the same as a shared library, Streamline::shared.
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY STREAMLINE_ROOM_LIBRARIES)
get_property(system_libraries GLOBAL PROPERTY STREAMLINE_SYSTEM_LIBRARIES)
set(objects)
foreach(room ${rooms})
  list(APPEND objects $<TARGET_OBJECTS:${room}>)
endforeach()

add_library(streamline_archive STATIC ${objects})
set_target_properties(streamline_archive PROPERTIES
  OUTPUT_NAME streamline EXPORT_NAME streamline LINKER_LANGUAGE CXX ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
target_compile_features(streamline_archive INTERFACE cxx_std_20)
target_include_directories(streamline_archive INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(streamline_archive INTERFACE Threads::Threads ${system_libraries})
if(STREAMLINE_LTO)
  # The intermediate code serves one compiler version only; who links the archive may have another.
  add_custom_command(TARGET streamline_archive POST_BUILD VERBATIM
    COMMAND ${CMAKE_OBJCOPY} --wildcard --remove-section=.gnu.lto_* --remove-section=.gnu.debuglto_*
            --strip-symbol=__gnu_lto_* $<TARGET_FILE:streamline_archive>)
endif()
add_library(Streamline::streamline ALIAS streamline_archive)

if(STREAMLINE_SHARED)
  # It uses the system's libraries, of which each process has one, and exports what the public headers have.
  add_library(streamline_shared SHARED ${objects})
  set_target_properties(streamline_shared PROPERTIES
    OUTPUT_NAME streamline EXPORT_NAME shared VERSION ${PROJECT_VERSION} SOVERSION 0 LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/libstreamline.map)
  target_compile_features(streamline_shared INTERFACE cxx_std_20)
  target_include_directories(streamline_shared INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(streamline_shared PRIVATE streamline_plain_link Threads::Threads ${system_libraries})
  target_link_options(streamline_shared PRIVATE
    LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/libstreamline.map LINKER:--no-undefined LINKER:--as-needed LINKER:-z,relro,-z,now)
  install(TARGETS streamline_shared EXPORT StreamlineTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
    NAMELINK_COMPONENT development)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Streamline)
install(TARGETS streamline_archive EXPORT StreamlineTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY include/streamline DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.h")
install(EXPORT StreamlineTargets NAMESPACE Streamline:: DESTINATION ${package_dir} COMPONENT development)
configure_package_config_file(cmake/StreamlineConfig.cmake.in ${PROJECT_BINARY_DIR}/StreamlineConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/StreamlineConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/StreamlineConfig.cmake ${PROJECT_BINARY_DIR}/StreamlineConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)

# The same for pkg-config. The archive holds everything of ours, so what it needs is needed by everybody who links it; the shared
# library brings what it needs.
set(pc_libraries "")
foreach(library ${system_libraries})
  string(APPEND pc_libraries " -l${library}")
endforeach()
set(pc_private "")
if(STREAMLINE_SHARED)
  set(pc_private "Libs.private:${pc_libraries} -pthread")
  set(pc_libraries "")
endif()
file(RELATIVE_PATH pc_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/streamline.pc.in ${PROJECT_BINARY_DIR}/streamline.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/streamline.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

install(FILES config/streamline.toml DESTINATION ${CMAKE_INSTALL_DATADIR}/streamline COMPONENT programs)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs)
