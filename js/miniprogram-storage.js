// @ts-check
/**
 * The entry `ministash/storage` of the mini-program build. What `detect` and the loader are there,
 * scripts/miniprogram-bundle.mjs says.
 */

export { open } from './open-storage.js'
export { detect } from './detect.js'
export { alipay } from './hosts/alipay.js'
export { alipayFiles } from './hosts/alipay-files.js'
export { baidu } from './hosts/baidu.js'
export { baiduFiles } from './hosts/baidu-files.js'
export { bySize } from './hosts/by-size.js'
export { defineHost } from './hosts/define-host.js'
export { douyin } from './hosts/douyin.js'
export { douyinFiles } from './hosts/douyin-files.js'
export { fault } from './hosts/host.js'
export { kuaishou } from './hosts/kuaishou.js'
export { kuaishouFiles } from './hosts/kuaishou-files.js'
export { memory } from './hosts/memory.js'
export { qq } from './hosts/qq.js'
export { qqFiles } from './hosts/qq-files.js'
export { taro } from './hosts/taro.js'
export { uni } from './hosts/uni.js'
export { wechat } from './hosts/wechat.js'
export { wechatFiles } from './hosts/wechat-files.js'
export { robust } from './robust.js'
export { StorageError } from './errors.js'
