// libFuzzer target: any bytes as any header and body. Seeds: wire_fuzz_smoke --write-corpus DIR.
#include <cstdint>

#include "wire_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  streamline::wire::try_wire_input({reinterpret_cast<const std::byte*>(bytes), size});
  return 0;
}
