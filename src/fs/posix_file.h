// A file of the machine behind fs::File, and the owner of a descriptor. For PosixFileSystem.
#pragma once

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "fs/file.h"

namespace streamline::fs {

/// Owns a file descriptor; negative = none.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  /// The result of close(2) says nothing that sync() has not said before.
  ~Descriptor() {
    if (number_ >= 0) static_cast<void>(::close(number_));
  }
  int number() const { return number_; }

 private:
  int number_;
};

std::unique_ptr<File> make_posix_file(Descriptor descriptor, std::string path);

}  // namespace streamline::fs
