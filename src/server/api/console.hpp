#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "server/api/router.hpp"

/// The console's pages and what they load: files of web/dist that the build has put into the program. Nothing is read
/// from a disk, so there is no path that could lead elsewhere.
namespace ag::server {

struct ConsoleFile {
  std::string_view path;  ///< below the root, as in `assets/index-B2x9.js`
  std::string_view type;
  std::string_view hash;  ///< of the identity form
  std::string_view identity;
  std::string_view gzip;    ///< empty: not worth it
  std::string_view brotli;  ///< empty: not worth it, or not made
};

/// Sorted by path; none when the program was built without the console. Made by tools/embed_console.py.
[[nodiscard]] std::span<const ConsoleFile> console_files();

/// The answer to a GET or HEAD outside the API: a file, or the page that shows every address of the console's own
/// (which does not end as files do, and which only what wants HTML is given). None: there is nothing there.
[[nodiscard]] std::optional<HttpResponse> console_answer(const HttpRequest& request, const Target& target,
                                                         std::span<const ConsoleFile> files);

}  // namespace ag::server
