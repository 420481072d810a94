#include "base/hash.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ag {
namespace {

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// FIPS 180-4's examples.
TEST(Hash, Sha256AsInItsStandard) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hash, OfPartsIsThatOfTheWhole) {
  EXPECT_EQ(sha256_of_parts({}), sha256(""));
  EXPECT_EQ(sha256_of_parts({"a", "", "bc"}), sha256("abc"));
}

// RFC 4231, test cases 1, 2, 3 and 6.
TEST(Hash, HmacAsInRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256(std::vector<std::uint8_t>(20, 0x0b), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256(bytes_of("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(std::vector<std::uint8_t>(20, 0xaa), std::string(50, '\xdd'))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(to_hex(hmac_sha256(std::vector<std::uint8_t>(131, 0xaa),
                               "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hash, HmacTakesAnEmptyKey) {
  EXPECT_EQ(to_hex(hmac_sha256({}, "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hash, ComparesWholeTexts) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secre"));
  EXPECT_FALSE(equal_in_constant_time("secre", "secret"));
  EXPECT_FALSE(equal_in_constant_time("", "secret"));
}

TEST(Hash, HexBothWays) {
  const Digest digest = sha256("x");
  EXPECT_EQ(digest_from_hex(to_hex(digest)), digest);
  std::string upper = to_hex(digest);
  for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  EXPECT_EQ(digest_from_hex(upper), digest);
  EXPECT_EQ(to_hex(std::vector<std::uint8_t>{0x00, 0x0f, 0xf0, 0xff}), "000ff0ff");
}

TEST(Hash, RefusesWhatIsNoDigest) {
  const std::string good = to_hex(sha256("x"));
  for (const std::string& text : {std::string(), good.substr(1), good + "0", "g" + good.substr(1),
                                  good.substr(0, 63) + " ", "0x" + good.substr(2), "-" + good.substr(1)}) {
    const auto parsed = digest_from_hex(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, "invalid_digest");
  }
}

// RFC 4648 §10, in the alphabet of §5 and without padding.
TEST(Hash, Base64urlAsInRfc4648) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : cases) EXPECT_EQ(to_base64url(bytes_of(plain)), coded);
  EXPECT_EQ(to_base64url(std::vector<std::uint8_t>{0xfb, 0xff, 0xfe}), "-__-");
}

}  // namespace
}  // namespace ag
