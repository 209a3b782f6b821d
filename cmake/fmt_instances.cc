// fmt, compiled once: Debian ships it as a shared object and as headers, and its header-only form costs three seconds per file.
// The instances are those that fmt 9's headers leave to a library; a missing one shows as an undefined reference.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

template void vformat_to(buffer<char>&, string_view, basic_format_args<buffer_context<char>>, locale_ref);
template thousands_sep_result<char> thousands_sep_impl(locale_ref);
template char decimal_point_impl(locale_ref);
template locale_ref::locale_ref(const std::locale&);
template std::locale locale_ref::get<std::locale>() const;
template dragonbox::decimal_fp<float> dragonbox::to_decimal(float) noexcept;
template dragonbox::decimal_fp<double> dragonbox::to_decimal(double) noexcept;
template void buffer<char>::append(const char*, const char*);

}  // namespace detail
FMT_END_NAMESPACE
