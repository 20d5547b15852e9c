/** Addresses of the internet, told from those of machines, their networks and special uses: https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry. */
import { BlockList, isIP } from 'node:net'

const SPECIAL_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Of groups, and what was never given out.
  ['224.0.0.0', 3],
]
/** All that is given out to networks; what maps, embeds or translates addresses of version 4 lies outside, or in what follows. */
const GLOBAL_6 = ['2000::', 3] as const
const SPECIAL_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
]

const [special, global] = [new BlockList(), new BlockList()]
for (const [net, bits] of SPECIAL_4) special.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of SPECIAL_6) special.addSubnet(net, bits, 'ipv6')
global.addSubnet(...GLOBAL_6, 'ipv6')

/** Whether an address, as the system writes it, is one of the internet. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !special.check(address, 'ipv4')
  return version === 6 && global.check(address, 'ipv6') && !special.check(address, 'ipv6')
}
