"""The word lists of the claim reader: measure words, verbs, stocks. The rules stand in the other modules."""

from __future__ import annotations

import re


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list written over several lines."""
    return tuple(text.split())


def any_of(*lists: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of all words (each may be a pattern itself), the longest first."""
    return re.compile("|".join(sorted({word for part in lists for word in part}, key=lambda word: (-len(word), word))))


def pattern(text: str) -> re.Pattern[str]:
    """Return a pattern written over several lines; blanks and line ends in it count for nothing."""
    return re.compile("".join(text.split()))


# Measure words that follow a number in either kind of digits.
COUNTERS = words("""
    个 家 户 人 名 位 处 座 幢 栋 间 套 所 条 台 辆 艘 架 件 起 例 项 次 场 批 支 组 对 张 份 本 册 篇 块 只 枚 把
    盏 根 扇 棵 株 盆 头 羽 尾 幅 副 双 袋 箱 桶 瓶 罐 盒 包 笔 单 宗 桩 节 堂 讲 课 班 期 轮 届 类 种 门 片 颗 顶
    床 席 部 口 眼 具 樘 组团 棚 匹 人次 户次 家次 台次 件次 场次 班次 架次 车次 辆次 艘次 批次 课次 站次 轮次 频次
    例次 篇次 条次 项次 单次 亩次 剂次 客次 人份 人天 人日 名次 课时 学时 机时 标箱 剂 针 客 产 证 路 面 封 通 幕 集
    版 宗地 车道 泊位 床位 席位 托位 学位 家户 对次 枚次 份次 本次 组次 支次 套间 人户 村次 所次 处次 个次 组人 船次
    列次 标段
""")
# Units of measurement and money: after Arabic digits, and after Chinese ones with a scale.
MEASURES = words("""
    平方公里 平方千米 平方米 平米 平方 ㎡ m² m2 km² 公顷 亩 立方米 立方 m³ 公里 千米 km 延米 延长米 米 厘米 毫米
    海里 车公里 吨标准煤 吨标煤 吨 千克 公斤 kg 斤 克 毫克 微克 升 毫升 千瓦时 兆瓦时 兆瓦 千瓦 千伏安 瓦 度电 千卡
    兆 GB TB PB Mbps 元人民币 美元 欧元 港元 港币 日元 英镑 人民币 元 个百分点 百分点 % ‰ ‱ 倍 番 分贝 摄氏度 ℃
    标准箱 TEU 载重吨 方土 方
""")
# A length of time is a claim only where something took or gave that long (see claim_guards).
DURATIONS = words("""
    个工作日 工作日 个自然日 个小时 小时 分钟 天 秒
""")
# Measure words that more often begin a word or stand in a name: not believed after Chinese digits.
ARABIC_ONLY = words("""
    产 亩 倍 元 克 分 分钟 剂 副 包 升 单 双 口 堂 天 头 客 对 封 小时 尾 届 席 幅 平方 床 批 批次 把 斤 方 期 本 根
    棚 片 版 班 番 眼 种 秒 立方 米 类 组 节 讲 证 课 路 轮 通 部 针 门 集 面
""")
# Of these, the ones believed after a verb of doing: 举办三期.
CHINESE_TOO = words("""
    亩 倍 元 批 批次 期 片 班 番 类 组 节 轮
""")
# What is counted as it happens.
FLOW_UNITS = words("""
    人份 人次 件 件次 份 例 元 剂 剂次 单 台次 吨 场 场次 堂 宗 客次 家次 户次 批次 期 条 枚 次 欧元 笔 篇 美元 讲
    课时 起 车次 轮 辆次 针
""")
# What is there to be counted.
STOCK_UNITS = words("""
    个 亩 人 位 公里 公顷 册 只 台 名 处 套 家 席 幢 平方公里 平方米 床 座 张 户 所 支 栋 辆 门 间 项
""")
# Verbs of work reports: what stands after them was done.
DOING = words("""
    完成 实现 新增 新建 新设 新开 建成 建设 开展 举办 组织 发放 受理 检查 处置 拆除 改造 安装 更新 更换 修缮 修复
    整治 清理 清运 清除 清退 走访 服务 接待 接报 培训 培育 引进 引入 招引 招收 招录 落地 落户 签约 征收 竣工 完工
    开工 公示 启动 推进 推动 推出 推送 推广 发布 印发 编印 编制 制作 设置 设立 增设 配备 配置 配送 配发 投入 投用
    使用 启用 拨付 支出 筹措 募集 捐赠 捐 慰问 帮助 帮扶 救助 资助 惠及 覆盖 涉及 解决 化解 调处 调解 办理 办结 办复
    答复 回复 排查 发现 整改 查处 立案 处罚 罚 暂扣 查扣 收缴 抓获 破获 追回 挽回 评选 评定 评出 获评 获得 获 荣获
    创建 打造 成立 组建 开设 开办 开通 开放 召开 举行 参加 参与 报名 加入 吸引 收集 征集 采纳 形成 撰写 报送 宣传
    宣讲 演出 巡逻 出动 动员 发动 招募 输送 发展 认定 认领 签订 达成 结对 联系 对接 协调 盘活 腾退 打通 疏通 铺设
    架设 绿化 种植 补种 养护 划线 摘除 规范 清查 登记 采集 核查 采样 检测 筛查 接种 救治 收治 转运 隔离 管控 封闭
    评估 适配 减免 退还 兑现 兑付 申报 申请 推荐 入选 入围 上线 接入 录入 归集 公开 张贴 悬挂 粘贴 摸排 排摸 实施
    落实 指导 督促 约谈 责令 劝阻 驱离 取缔 关停 淘汰 减少 压减 节约 回收 处理 消除 消纳 搬离 搬迁 安置 供应 提供
    承办 承接 协助 配合 满足 放映 展出 借阅 出版 创作 授予 表彰 奖励 聘请 聘任 选派 选聘 选举 选出 换届 化验 献血
    应征 入伍 入学 就业 参训 结业 毕业 取得 投放 撤除 撤并 优化 新辟 调整 产值 产量 收入 总额 增加值 生产总值 税收
    投资 销售额 利润 吞吐量 零售 出栏 结案 审结 追缴 追讨 推介 划分 改建 扩建 增建 迁建 翻建 翻新 开发 完善 攻坚
    转化 攻克 梳理 举荐 打击 侦破 纳管 升级 播种 提档 达标 通车 贯通 成交 分红 参会 观看 浏览 阅读 点击 改扩建 添置
    增添 落成 揭牌 挂牌 签发 签署 出具 赠送 派发 派驻 入驻 进驻 培养 扶持 支持 补助 补贴 核发 发出 开出 曝光 通报
    移送 移交 起诉 裁决 监测 监管 监督 巡查 巡检 巡河 抽查 抽检 排除 动迁 交付 回搬 腾空 收回 收储 出让 转型 融资
    贷款 授信 转移 接诊 门诊 急诊 义诊 体检 建档 随访 探访 认养 植树 造林 疏浚 清淤 治理 保洁 冲洗 清洗 清扫 消杀
    粉刷 加固 维修 抢修 检修 增配 加装 增装 增补 增绿 复绿 拓宽 整修 翻修 修建 修订 建立 搭建 布设 布点 命名 授牌
    评为 当选 招聘 录用 吸纳 选树 遴选 储备 集聚 汇聚 送教 授课 宣教 辅导 咨询 解答 回应 跟踪 督办 交办 转办 审议
    审核 审批 备案 注册 注销 发证 换证 制证 办证 调查 摸底 录制 拍摄 刊登 刊发 报道 转发 评议 考核 问责 处分 审计
    核减 节省 增收 出口 进口 招商 交易 售出 调配 派送 运送 接送 开行 延伸 撤销 合并 整合 精简 取消 消费 开班 参赛
    出警 出台 制订 举报 核实 认证 孵化出 拆迁 拆违 开建 适用 司法确认 行政调解 人民调解 支援 驰援 发起 发掘 挖掘
    推选 推行 试点 试行 恢复 保障 保护 守护 看护 照料 探望 结算 报销 理赔 投保 投诉 上报 上传 下载 上架 下沉 值守
""")
# Words in which such a verb does not do: 服务站, 建设单位, 参与率.
NOT_DOING = words(r"""
    (?:新建|建成|改造|拆除|开设|设立)(?=的) 服务(?=站|点|中心|设施|机构|业|队|圈|平台|驿站|覆盖)
    (?<=便民|为老|公共|养老|托育)服务 调解(?=员|中心|室|委员) 规范化 建设(?=者|单位|用地|标准|覆盖) 培训(?=机构)
    就业(?=岗位|率) 登记(?=在册) 参与率 绿化覆盖 覆盖(?=率) 知晓率 使用(?=面积|年限|\d|中) 投资(?=项目) 救助站
    总投资 可提供 化解(?=率) 巡逻队 宣讲团 投放点 收集点 回收点 办理点 检测站 接种点 居住登记 发展党 发展空间
    绿化面积 安置帮教 救助对象 管控对象 利用率 出租(?=房|屋|率) 租赁(?=企业|住房|房) 监测(?=点|站|设备|终端)
    注册(?=资本|企业|志愿者) 治理(?=体系|中心|能力|现代) 招聘(?=会) 维修(?=资金|基金) 监督员 咨询(?=点|室|师)
    培养(?=对象) 储备(?=人才) 保障(?=房|性|体系) 保护(?=站|建筑|单位) 支持(?=率) 试点(?=单位|小区) 建立的 认证(?=的)
    体检(?=中心) 门诊(?=部) 治理(?=委员) 保洁员 监管(?=对象|单位) 安置房 落户企业 孵化
    组织(?=数|\d|[^\u4e00-\u9fff]|$) (?<=社会|群团|经济)组织 (?<=党)组织 物业服务 培育(?=基地) 满意
""")
# Words of what there is.
STOCK = words(r"""
    现有 共有 原有 设有 拥有 下辖 下设 辖有 内有 建有 已有 配有 户籍 常住 实有 在册 登记在册 注册在 总数 保有量 余额
    存量 总面积 占地 总资产 资产总额 藏书 可容纳 可招收 可提供 容纳 额定 分布着? 坐落 共计?有 目前 持有 座落
    每(?:千|万|百) 日均 月均 平均每 日处理 日供 日产 年减 年产 提供托位 已招录 已招收 入住
""")
# A rate of these tells how much was done.
COMPLETION_RATES = words("""
    完成 成功 办结 签约 整改 化解 结案 调解 调处 处置 及时 回复 办理 办复 受理 联系 解决 采纳 落实 达标 合格 拆除
    收缴 参与 接种 搬迁 创建 执行 兑现 销项 销号 见面 响应 回访 录取 消除 清零 上报 送达 到位 报到 检出 查处 破案
    交房 清退 整治 改造 见效 入户 知晓 录入 覆盖完成
""")
