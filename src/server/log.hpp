#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// One event a line on stderr, as a JSON object. Values are escaped: text from outside cannot break a line or
/// imitate another. Never give it a secret.
namespace ag::server {

enum class Severity { kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string>;

void log(Severity severity, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace ag::server
