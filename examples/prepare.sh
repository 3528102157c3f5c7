# Sourced by run.sh scripts: installs what is missing (as root) or says exactly what to install, builds polya, and
# leaves its path in $POLYA.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# FLINT, which has contained Calcium and Arb since version 3.
exact_packages() {
  case $(source /etc/os-release && echo "${VERSION_CODENAME:-}") in
    bookworm | jammy) echo libcalcium-dev libantic-dev libflint-arb-dev ;;
    *) echo libflint-dev ;;
  esac
}

prepare() {
  local missing=() package
  for package in libzstd-dev libcurl4-openssl-dev zstd $(exact_packages) "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if ((${#missing[@]})); then
    if [[ $(id -u) == 0 ]]; then
      echo "installing ${missing[*]}" >&2
      apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2
    else
      echo "please install: sudo apt-get install ${missing[*]}" >&2
      exit 2
    fi
  fi
  if ! command -v swift >/dev/null; then
    echo "please install Swift 6.2 or newer (swift.org/install) and put it on the PATH" >&2
    exit 2
  fi
}

build() {
  swift build --package-path "$root" -c release --explicit-target-dependency-import-check error "$@" >&2
  POLYA=$(swift build --package-path "$root" -c release --show-bin-path "$@")/polya
}
