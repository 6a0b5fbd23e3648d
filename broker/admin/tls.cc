#include "broker/admin/tls.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/verify_context.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "broker/runtime/rare_trace.h"
#include "broker/runtime/trace.h"

namespace rujukan::admin {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using RevocationList = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;

Error unreadable(const fs::path& path, const error_code& why) {
  return {ErrorCode::kFileUnreadable, path.string(), why.message()};
}

Bio bio_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// At least one, in PEM; what stands between them is not read.
template <typename Object, typename Read>
Result<std::vector<Object>> read_all(const fs::path& path, std::size_t max_bytes, Read read) {
  const auto text = read_file(path, max_bytes);
  if (!text) return text.error();
  const Bio in = bio_of(*text);
  std::vector<Object> out;
  while (auto* one = read(in.get(), nullptr, nullptr, nullptr)) out.emplace_back(one);
  ERR_clear_error();  // the end of the text is one
  if (out.empty()) return Error{ErrorCode::kFileUnreadable, path.string(), "holds nothing in PEM"};
  return out;
}

// The list is of one of these authorities and signed by it.
bool is_signed(X509_CRL* list, const std::vector<Certificate>& authorities) {
  for (const Certificate& authority : authorities) {
    if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(authority.get())) != 0) {
      continue;
    }
    if (X509_CRL_verify(list, X509_get0_pubkey(authority.get())) == 1) return true;
  }
  ERR_clear_error();
  return false;
}

bool is_over(const X509_CRL* list) {
  const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list);
  return next != nullptr && X509_cmp_current_time(next) < 0;
}

Result<void> add_lists(X509_STORE* store, const fs::path& path,
                       const std::vector<Certificate>& authorities) {
  const auto lists =
      read_all<RevocationList>(path, limits::kRevocationListBytes, PEM_read_bio_X509_CRL);
  if (!lists) return lists.error();
  for (const RevocationList& list : *lists) {
    if (!is_signed(list.get(), authorities)) {
      return Error{ErrorCode::kConfigValue, path.string(), "not signed by a CA of client_ca"};
    }
    if (is_over(list.get())) trace::warning("http.revocation_list", {{"why", "is over"}});
    X509_STORE_add_crl(store, list.get());
  }
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  return {};
}

// A certificate of a client, by what it says of itself: OpenSSL would also take one that says
// nothing.
bool is_client(X509* leaf, const X509* own) {
  const std::uint32_t flags = X509_get_extension_flags(leaf);
  if ((flags & EXFLAG_INVALID) != 0 || (flags & EXFLAG_CA) != 0) return false;
  if ((flags & EXFLAG_XKUSAGE) == 0) return false;
  if ((X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT) == 0) return false;
  return EVP_PKEY_eq(X509_get0_pubkey(leaf), X509_get0_pubkey(own)) != 1;
}

}  // namespace

Result<void> use_certificate(asio::ssl::context& tls, const fs::path& certificate,
                             const fs::path& key) {
  const auto chain = read_file(certificate, limits::kConfigFileBytes);
  if (!chain) return chain.error();
  const auto secret = read_file(key, limits::kConfigFileBytes);
  if (!secret) return secret.error();
  error_code why;
  tls.use_certificate_chain(asio::buffer(*chain), why);
  if (why) return unreadable(certificate, why);
  tls.use_private_key(asio::buffer(*secret), asio::ssl::context::pem, why);
  if (why) return unreadable(key, why);
  return {};
}

Result<void> trust_servers_of(asio::ssl::context& tls, const fs::path& ca) {
  const auto text = read_file(ca, limits::kConfigFileBytes);
  if (!text) return text.error();
  error_code why;
  tls.add_certificate_authority(asio::buffer(*text), why);
  if (why) return unreadable(ca, why);
  return {};
}

Result<CertificateStore> client_authorities(const fs::path& ca, const fs::path& revoked) {
  const auto authorities = read_all<Certificate>(ca, limits::kConfigFileBytes, PEM_read_bio_X509);
  if (!authorities) return authorities.error();
  CertificateStore store(X509_STORE_new());
  for (const Certificate& one : *authorities) X509_STORE_add_cert(store.get(), one.get());
  if (revoked.empty()) return store;
  if (auto added = add_lists(store.get(), revoked, *authorities); !added) return added.error();
  return store;
}

void verify_clients(asio::ssl::context& tls, CertificateStore store) {
  SSL_CTX* const context = tls.native_handle();
  // The names that a client is told, so that it knows which certificate to show.
  STACK_OF(X509_OBJECT)* const objects = X509_STORE_get0_objects(store.get());
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    X509* const one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (one != nullptr) SSL_CTX_add_client_CA(context, one);
  }
  replace_authorities(tls, std::move(store));
  // None is needed, because the checkpoint is for anyone; one that does not verify ends the
  // connection.
  tls.set_verify_mode(asio::ssl::verify_peer);
  tls.set_verify_callback([context, refused_trace = trace::RareTrace("http.certificate_refused")](
                              bool verified, asio::ssl::verify_context& chain) mutable {
    X509_STORE_CTX* const now = chain.native_handle();
    if (!verified) {
      refused_trace.happened(
          {{"why", X509_verify_cert_error_string(X509_STORE_CTX_get_error(now))}});
      return false;
    }
    if (X509_STORE_CTX_get_error_depth(now) > 0) return true;
    if (is_client(X509_STORE_CTX_get_current_cert(now), SSL_CTX_get0_certificate(context))) {
      return true;
    }
    X509_STORE_CTX_set_error(now, X509_V_ERR_INVALID_PURPOSE);
    refused_trace.happened({{"why", X509_verify_cert_error_string(X509_V_ERR_INVALID_PURPOSE)}});
    return false;
  });
}

void replace_authorities(asio::ssl::context& tls, CertificateStore store) {
  SSL_CTX_set_cert_store(tls.native_handle(), store.release());
}

}  // namespace rujukan::admin
