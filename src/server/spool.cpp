#include "server/spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/hash.hpp"

namespace ag::server {
namespace {

constexpr std::string_view kMagic = "AGSPOOL1";
constexpr std::size_t kFrame = 20;
// As the ledger's entries: more is damage.
constexpr std::uint32_t kLargestEntry = std::uint32_t{16} << 20;

std::unexpected<Error> unusable(std::string_view what) {
  return fail("spool_unusable", fmt::format("the spool cannot be {}: {}", what, std::strerror(errno)));
}

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint64_t get(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

std::string record(std::uint64_t generation, std::string_view entry) {
  std::string framed;
  put(framed, generation, 8);
  put(framed, entry.size(), 4);
  const auto digest = sha256_of_parts({framed, entry});
  framed.append(digest.begin(), digest.begin() + 8);
  framed += entry;
  return framed;
}

bool write_all(int file, std::string_view bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return true;
}

/// Fewer bytes than asked for at the end of the file.
std::string read_at(int file, std::uint64_t at, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t read = ::pread(file, bytes.data() + got, size - got, static_cast<off_t>(at + got));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) break;
    got += static_cast<std::size_t>(read);
  }
  bytes.resize(got);
  return bytes;
}

}  // namespace

Spool::Spool(Spool&& other) noexcept
    : file_(std::exchange(other.file_, -1)), generation_(other.generation_), end_(other.end_) {}

Spool::~Spool() {
  if (file_ >= 0) ::close(file_);
}

Result<Spool> Spool::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return unusable("opened");
  Spool spool(file, 1);
  const std::string head = read_at(file, 0, kHead);
  if (head.size() == kHead && head.starts_with(kMagic)) {
    spool.generation_ = get(std::string_view(head).substr(8));
  } else if (auto written = spool.write_head(1); !written) {
    return fail(written.error());
  }
  // Where the file system cannot reserve, a full disk is only noticed later: no reason not to start.
  (void)::posix_fallocate(file, 0, static_cast<off_t>(kReserved));
  while (true) {
    const std::string frame = read_at(file, spool.end_, kFrame);
    if (frame.size() < kFrame || get(frame.substr(0, 8)) != spool.generation_) break;
    const std::uint64_t length = get(frame.substr(8, 4));
    if (length > kLargestEntry) break;
    const std::string entry = read_at(file, spool.end_ + kFrame, static_cast<std::size_t>(length));
    if (record(spool.generation_, entry) != frame + entry) break;
    spool.end_ += kFrame + length;
  }
  return spool;
}

Result<void> Spool::write_head(std::uint64_t generation) {
  std::string head(kMagic);
  put(head, generation, 8);
  if (!write_all(file_, head, 0) || ::fdatasync(file_) != 0) return unusable("written");
  generation_ = generation;
  return {};
}

Result<std::vector<std::string>> Spool::read() const {
  std::vector<std::string> entries;
  for (std::uint64_t at = kHead; at < end_;) {
    const std::string frame = read_at(file_, at, kFrame);
    if (frame.size() < kFrame) return unusable("read");
    const auto length = static_cast<std::size_t>(get(frame.substr(8, 4)));
    entries.push_back(read_at(file_, at + kFrame, length));
    at += kFrame + length;
  }
  return entries;
}

Result<void> Spool::append(std::span<const std::string> entries) {
  std::string records;
  for (const auto& entry : entries) records += record(generation_, entry);
  if (!write_all(file_, records, end_) || ::fdatasync(file_) != 0) return unusable("written");
  end_ += records.size();
  return {};
}

Result<void> Spool::replace(std::span<const std::string> entries) {
  if (auto written = write_head(generation_ + 1); !written) return written;
  end_ = kHead;
  return append(entries);
}

Result<void> Spool::clear() {
  if (end_ == kHead) return {};
  if (auto written = write_head(generation_ + 1); !written) return written;
  end_ = kHead;
  return {};
}

}  // namespace ag::server
