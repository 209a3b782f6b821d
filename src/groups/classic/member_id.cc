// The hexadecimal form of a uuid behind a prefix.
#include "groups/classic/member_id.h"

#include <algorithm>

namespace streamline::groups::classic {

std::string make_member_id(std::string_view prefix, IdSource& ids) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::size_t length = std::min(prefix.size(), kMaxPrefixBytes);
  // Never in the middle of a UTF-8 character: clients would hand another id back than they were given.
  while (length < prefix.size() && length > 0 && (static_cast<unsigned char>(prefix[length]) & 0xc0) == 0x80) --length;
  std::string id(prefix.substr(0, length));
  const Uuid random = ids.next();
  for (std::size_t i = 0; i < random.bytes.size(); ++i) {
    if (i == 0 || i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    const auto byte = static_cast<unsigned>(random.bytes[i]);
    id += kDigits[byte >> 4];
    id += kDigits[byte & 15];
  }
  return id;
}

}  // namespace streamline::groups::classic
