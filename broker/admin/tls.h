// Certificates of the HTTP server and client. They are read like any other file: OpenSSL, given a
// name, would wait for a pipe.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

#include "broker/base/result.h"

namespace rujukan::admin {

// Shows this certificate chain (PEM, leaf first) with its key. Errors: file.unreadable.
Result<void> use_certificate(boost::asio::ssl::context& tls,
                             const std::filesystem::path& certificate,
                             const std::filesystem::path& key);

// A server's certificate must be issued below one of these, in PEM. Errors: file.unreadable.
Result<void> trust_servers_of(boost::asio::ssl::context& tls, const std::filesystem::path& ca);

struct FreeStore {
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
};
using CertificateStore = std::unique_ptr<X509_STORE, FreeStore>;

// Whose client certificates are taken: those issued by `ca` and not revoked by `revoked` (PEM, one
// list or more; empty: none is). Each list must be signed by one of `ca`. A certificate of an
// authority without a list, or whose list is no longer valid, is not taken. Traces a list that is
// not. Errors: file.unreadable, config.value.
Result<CertificateStore> client_authorities(const std::filesystem::path& ca,
                                            const std::filesystem::path& revoked);

// Demands of whoever shows a certificate that it is one of a client: issued below `store`, for
// clientAuth, of no authority, and with another key than the server's own. Requires:
// use_certificate().
void verify_clients(boost::asio::ssl::context& tls, CertificateStore store);
// From the next connection on. Thread: the one that runs the connections.
void replace_authorities(boost::asio::ssl::context& tls, CertificateStore store);

}  // namespace rujukan::admin
