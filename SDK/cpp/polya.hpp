/* polya.hpp - plugins in C++17: derive from a role, list the classes in POLYA_MODULE.
 *
 *     struct Short : polya::Reward {
 *       static polya::About about() { return {"org.example.short", "Short", "Prefers short answers."}; }
 *       explicit Short(const polya::Options &) {}
 *       polya::Range range() const override { return {0, 1}; }
 *       polya::Verdict score(const polya::RewardItem &item, const polya::Call &) const override {
 *         return polya::Verdict::scored(item.completion.size() < 100 ? 1 : 0);
 *       }
 *     };
 *     POLYA_MODULE("short", "0.1.0", Short)
 *
 * Views are the host's and die with the call; what a function returns is copied for the host. Whatever a function
 * throws becomes a status and a sentence (polya::Failure says which), and never crosses the interface.
 * Link with -fno-gnu-unique -static-libstdc++ -static-libgcc and the version script link/polya-plugin.map, so that
 * the plugin meets no other C++ runtime. */
#ifndef POLYA_POLYA_HPP
#define POLYA_POLYA_HPP

#include "polya_base.hpp"
#include "polya_items.hpp"
#include "polya_roles.hpp"

#include "polya_models.hpp"
#include "polya_module.hpp"

/* The module: its name, its version, its plugin classes. Once in a shared object. */
#define POLYA_MODULE(name, version, ...)                                                   \
  extern "C" POLYA_EXPORT const PolyaModule *polya_plugin_entry(const PolyaHost *host) {   \
    return polya::boundary::Contents<__VA_ARGS__>::entry(name, version, host);             \
  }

#endif
