#pragma once
#include <string_view>

namespace ag::server {
/// api/openapi.yaml as JSON; made by the build.
extern const std::string_view kOpenApiDocument;
}  // namespace ag::server
