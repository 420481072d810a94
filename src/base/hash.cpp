#include "base/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

#include "base/assert.hpp"

namespace ag {
namespace {

const unsigned char* as_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Looked up once: OpenSSL 3 looks an algorithm up again in each call of SHA256(), which for a few hundred bytes
// costs more than the hash (measured: 525 ns against 210 ns for 65 bytes). Lives as long as the process.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  AG_ASSERT(algorithm != nullptr);
  return algorithm;
}

}  // namespace

Digest sha256(std::string_view bytes) { return sha256_of_parts({bytes}); }

Digest sha256_of_parts(std::initializer_list<std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  bool fine = context != nullptr && EVP_DigestInit_ex(context.get(), sha256_algorithm(), nullptr) == 1;
  for (const std::string_view part : parts) {
    fine = fine && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  Digest digest;
  unsigned int length = 0;
  fine = fine && EVP_DigestFinal_ex(context.get(), digest.data(), &length) == 1;
  AG_ASSERT(fine && length == digest.size());
  return digest;
}

Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view bytes) {
  Digest digest;
  unsigned int length = 0;
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), as_bytes(bytes), bytes.size(),
                          digest.data(), &length);
  AG_ASSERT(made != nullptr && length == digest.size());
  return digest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 0x0f];
  }
  return hex;
}

Result<Digest> digest_from_hex(std::string_view hex) {
  Digest digest;
  if (hex.size() != digest.size() * 2) return fail("invalid_digest", "a SHA-256 digest has 64 hexadecimal digits");
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = hex_value(hex[i * 2]);
    const int low = hex_value(hex[i * 2 + 1]);
    if (high < 0 || low < 0) return fail("invalid_digest", "a SHA-256 digest has 64 hexadecimal digits");
    digest[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

std::string to_base64url(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) text += kAlphabet[bits >> (held - 6) & 0x3f];
  }
  if (held > 0) text += kAlphabet[bits << (6 - held) & 0x3f];
  return text;
}

}  // namespace ag
