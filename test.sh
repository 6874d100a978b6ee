#!/usr/bin/env bash
# Builds everything and runs every test. Installs what the tests need and the machine lacks: Debian packages (as root) and npm packages.
# The last line reads "N passed, M failed"; the exit code is 0 only when nothing failed and nothing was skipped.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

command -v dotnet >/dev/null || { echo "The .NET SDK (see global.json) is needed: https://dot.net" >&2; exit 1; }
command -v node >/dev/null || { echo "Node.js 20 or newer is needed: https://nodejs.org" >&2; exit 1; }

# Real engines and servers to test against: Redis, Prometheus, Podman; and compose, for its own reading of the composition.
missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v podman >/dev/null || missing+=(podman)
command -v runc >/dev/null || missing+=(runc)
[ -x /bin/busybox ] || missing+=(busybox-static)
command -v promtool >/dev/null || missing+=(prometheus)
command -v docker-compose >/dev/null || missing+=(docker-compose)
[ -x /bin/kill ] || missing+=(procps)

# Networks fail for a moment now and then.
again() {
  for attempt in 1 2 3; do "$@" && return; sleep $((attempt * 10)); done
  "$@"
}
install() {
  # RUNLEVEL=1 keeps the packages from starting their services. Another apt may be at work on a fresh machine.
  apt-get update -qq -o Acquire::Retries=3 -o APT::Update::Error-Mode=any || return
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
    "${missing[@]}" >/dev/null
}
[ "${#missing[@]}" -eq 0 ] || again install
again npm ci --prefix tests/sdk-node --no-audit --no-fund --loglevel=error
again dotnet restore Gateway.sln
dotnet build Gateway.sln -c Release --no-restore --nologo -v minimal

passed=0
failed=0
for project in tests/*.Tests tests/*.Scenarios; do
  [ -d "$project" ] || continue
  log=$(mktemp)
  if dotnet test --project "$project" -c Release --no-build 2>&1 | tee "$log"; then code=0; else code=$?; fi
  count() { sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" "$log" | tail -n 1; }
  succeeded=$(count succeeded); wrong=$(count failed); skipped=$(count skipped)
  passed=$((passed + ${succeeded:-0}))
  failed=$((failed + ${wrong:-0} + ${skipped:-0}))
  # A run that ended before it could count (a crash, no tests) is a failure, too.
  if [ "$code" -ne 0 ] && [ "${wrong:-0}" -eq 0 ]; then failed=$((failed + 1)); fi
  if [ "${succeeded:-0}" -eq 0 ]; then failed=$((failed + 1)); fi
  rm -f "$log"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
