"""Conan 2 recipe of the library: streamline::EmbeddedBroker for tests."""

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout


class StreamlineRecipe(ConanFile):
    name = "streamline"
    version = "0.1.0"
    license = "Apache-2.0"
    description = "Log broker for Kafka clients, inside a process"
    topics = ("kafka", "broker", "testing")
    package_type = "static-library"
    settings = "os", "compiler", "build_type", "arch"
    exports_sources = "../../CMakeLists.txt", "../../cmake/*", "../../src/*", "../../include/*", "../../tools/*", "../../config/*", "../../LICENSE"
    requires = "fmt/9.1.0", "tomlplusplus/3.3.0", "nlohmann_json/3.11.2", "cli11/2.3.2", "lz4/1.9.4", "zstd/1.5.5", "snappy/1.1.10", "zlib/[>=1.2.13 <2]", "re2/20230301", "editline/3.1"

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("Streamline uses epoll and signalfd: Linux only")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.variables["STREAMLINE_TESTS"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build(target="streamline_archive")

    def package(self):
        CMake(self).install(component="development")

    def package_info(self):
        self.cpp_info.libs = ["streamline"]
        self.cpp_info.system_libs = ["pthread"]
        self.cpp_info.set_property("cmake_file_name", "Streamline")
        self.cpp_info.set_property("cmake_target_name", "Streamline::streamline")
        self.cpp_info.set_property("pkg_config_name", "streamline")
