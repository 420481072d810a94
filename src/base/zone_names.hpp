#pragma once
#include <span>
#include <string_view>

/// The names of time zones that AccessGuard takes: one for each place that the IANA time zone database tells apart, and
/// `UTC`. Not taken are names that lead somewhere else on the machine (`localtime`, `right/…`, paths), abbreviations
/// (`CET`), and those whose sign misleads (`Etc/GMT+5` lies west). A zone that is founded one day is one line more; a
/// test compares the list with the machine's database.
namespace ag {

/// Sorted.
[[nodiscard]] std::span<const std::string_view> zone_names();

}  // namespace ag
