#include "cli/settings.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/text.hpp"
#include "cli/interrupt.hpp"

namespace ag::cli {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::string reason() { return std::strerror(errno); }

std::string without_trailing_slashes(std::string server) {
  while (server.ends_with('/')) server.pop_back();
  return server;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

std::string token_path(const Environment& environment) {
  if (const auto state = environment("XDG_STATE_HOME")) return *state + "/accessguard/token";
  return environment("HOME").value_or(".") + "/.local/state/accessguard/token";
}

Result<std::string> clean_token(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const bool one_word = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (text.empty() || text.size() > kLongestToken || !one_word) {
    return fail("invalid_token",
                "that is no token: a token is one line like ag_tok_…, as `accessguard token issue` prints it");
  }
  return std::string(text);
}

Result<std::string> read_input(const std::string& path, std::size_t limit) {
  const Descriptor file(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return fail("no_file", fmt::format("cannot read \"{}\": {}", excerpt(path), reason()), path);
  std::string text;
  std::array<char, 64 * 1024> piece{};
  for (;;) {
    const ssize_t count = read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) {
      if (is_interrupted()) return fail("interrupted", "interrupted");
      continue;
    }
    if (count < 0) return fail("no_file", fmt::format("cannot read \"{}\": {}", excerpt(path), reason()), path);
    if (count == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > limit)
      return fail("too_long", fmt::format("\"{}\" is longer than {} bytes", excerpt(path), limit), path);
  }
}

Result<std::optional<StoredToken>> load_token(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<StoredToken>{};
    return fail("token_file", fmt::format("cannot read {}: {}", path, reason()), path);
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Error{.code = "token_file",
                      .message = fmt::format("others may read or write {}: its token counts as leaked", path),
                      .field = path,
                      .fix = fmt::format("chmod 600 {}, and have the token revoked", path)});
  }
  const auto text = read_input(path, 2 * kLongestToken);
  if (!text) return fail("token_file", text.error().message, path);
  const auto line_end = text->find('\n');
  const auto token = clean_token(std::string_view(*text).substr(0, line_end));
  if (!token) return fail("token_file", fmt::format("{} holds no token: accessguard logout, then login", path), path);
  std::string server = line_end == std::string::npos ? std::string{} : text->substr(line_end + 1);
  while (server.ends_with('\n')) server.pop_back();
  return StoredToken{*token, server};
}

Result<void> replace_file(const std::string& path, std::string_view text, FileMode mode) {
  const auto broken = [&](std::string_view what) {
    return fail("file_unwritable", fmt::format("cannot write {}: {}", path, what), path);
  };
  std::error_code problem;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const bool made = !folder.empty() && std::filesystem::create_directories(folder, problem);
  if (problem) return broken(problem.message());
  if (made) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  // What a link points to is replaced, not the link.
  std::string target = path;
  if (mode == FileMode::kAsItIs && std::filesystem::is_symlink(path, problem)) {
    target = std::filesystem::weakly_canonical(path, problem).string();
    if (problem) return broken(problem.message());
  }
  struct stat there{};
  const bool keeps = mode == FileMode::kAsItIs && stat(target.c_str(), &there) == 0;

  const std::string fresh = fmt::format("{}.{}", target, getpid());
  const Descriptor file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (file.get() < 0) return broken(reason());
  const bool written = write_all(file.get(), text) && (!keeps || fchmod(file.get(), there.st_mode & 07777) == 0) &&
                       fsync(file.get()) == 0;
  if (!written || std::rename(fresh.c_str(), target.c_str()) != 0) {
    const std::string why = reason();
    unlink(fresh.c_str());
    return broken(why);
  }
  return {};
}

Result<void> store_token(const std::string& path, const StoredToken& stored) {
  const auto done = replace_file(path, fmt::format("{}\n{}\n", stored.token, stored.server), FileMode::kOwnerOnly);
  return done ? Result<void>{} : fail("token_file", done.error().message, path);
}

Result<bool> forget_token(const std::string& path) {
  if (unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return fail("token_file", fmt::format("cannot remove {}: {}", path, reason()), path);
}

Result<Connection> find_connection(const std::optional<std::string>& server_flag,
                                   const std::optional<std::string>& token_file_flag, const Environment& environment) {
  std::optional<std::string> server = server_flag ? server_flag : environment("ACCESSGUARD_SERVER");
  if (server) server = without_trailing_slashes(*server);

  if (token_file_flag) {
    const auto text = read_input(*token_file_flag, 2 * kLongestToken);
    if (!text) return fail(text.error());
    const auto token = clean_token(std::string_view(*text).substr(0, text->find('\n')));
    if (!token) return fail(token.error());
    return Connection{server.value_or(std::string(kDefaultServer)), *token};
  }
  if (const auto variable = environment("ACCESSGUARD_TOKEN")) {
    const auto token = clean_token(*variable);
    if (!token) return fail(token.error());
    return Connection{server.value_or(std::string(kDefaultServer)), *token};
  }
  const auto stored = load_token(token_path(environment));
  if (!stored) return fail(stored.error());
  if (!*stored) return Connection{server.value_or(std::string(kDefaultServer)), {}};
  const std::string home = (*stored)->server.empty() ? std::string(kDefaultServer) : (*stored)->server;
  const std::string chosen = server.value_or(home);
  return Connection{chosen, chosen == home ? (*stored)->token : std::string{}};
}

}  // namespace ag::cli
