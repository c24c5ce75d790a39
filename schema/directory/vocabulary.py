"""The directory's vocabularies in GraphQL: whoever needs one takes it from here, described."""

from hub.directory.rules import (
    Accessibility,
    BuildWay,
    HoursRule,
    MerchantCategory,
    OfferingKind,
    PlaceKind,
    StationLevel,
    TownKind,
)
from schema.enums import describe_enum

__all__ = [
    "Accessibility",
    "BuildWay",
    "HoursRule",
    "MerchantCategory",
    "OfferingKind",
    "PlaceKind",
    "StationLevel",
    "TownKind",
]

describe_enum(
    TownKind,
    description="What sort of area a town is.",
    values={
        TownKind.SUBDISTRICT: "A subdistrict (街道).",
        TownKind.TOWN: "A town (镇).",
        TownKind.PARK: "A park with an administration of its own (园区).",
    },
)
describe_enum(
    PlaceKind,
    description="The sort of a place.",
    values={
        PlaceKind.MERCHANT: "A merchant that looks after workers (爱心商铺).",
        PlaceKind.STATION: "A rider station (小哥驿站).",
        PlaceKind.SERVICE_CENTRE: "A service centre (新就业形态劳动者服务中心).",
    },
)
describe_enum(
    MerchantCategory,
    description="A merchant's trade.",
    values={
        MerchantCategory.RESTAURANT: "Food and drink (餐饮).",
        MerchantCategory.CONVENIENCE: "A convenience shop or supermarket (便利店).",
        MerchantCategory.BARBER: "A barber or hairdresser (理发).",
        MerchantCategory.PHARMACY: "A pharmacy (药店).",
        MerchantCategory.CLINIC: "A clinic (诊所).",
        MerchantCategory.REPAIR: "Repair of e-bikes, phones, shoes (维修).",
        MerchantCategory.BOOKSHOP: "A bookshop or reading room (书店).",
        MerchantCategory.LAUNDRY: "A laundry (洗衣).",
        MerchantCategory.FITNESS: "Sport and fitness (健身).",
        MerchantCategory.OTHER: "Something else (其他).",
    },
)
describe_enum(
    StationLevel,
    description="How a station is rated (驿站等级).",
    values={
        StationLevel.STANDARD: "An ordinary station.",
        StationLevel.DISTRICT: "Honoured by the district (区级).",
        StationLevel.CITY: "Honoured by the city (市级).",
        StationLevel.PROVINCIAL: "Honoured by the province (省级).",
        StationLevel.NATIONAL: "One of the nation's most beautiful (国家级最美).",
    },
)
describe_enum(
    BuildWay,
    description="How a station came to be.",
    values={
        BuildWay.NEW: "Newly built (新建).",
        BuildWay.CONVERTED: "Converted from rooms that stood there (改建).",
        BuildWay.SHARED: "Run together with a host (共建).",
    },
)
describe_enum(
    Accessibility,
    description="What makes a place usable for everybody (无障碍).",
    values={
        Accessibility.STEP_FREE: "No steps on the way in (无台阶).",
        Accessibility.WIDE_DOOR: "Doors wide enough for a wheelchair (宽门).",
        Accessibility.ACCESSIBLE_TOILET: "A toilet for wheelchair users (无障碍卫生间).",
        Accessibility.LOW_COUNTER: "A low counter (低位服务台).",
        Accessibility.SIGN_LANGUAGE: "Staff who know sign language (手语服务).",
        Accessibility.GUIDE_DOGS: "Guide dogs are welcome (导盲犬).",
    },
)
describe_enum(
    OfferingKind,
    description="What a place gives to workers.",
    values={
        OfferingKind.CHARGING: "Charging of phones or e-bikes (充电).",
        OfferingKind.WATER: "Drinking water (饮水).",
        OfferingKind.HAIRCUT: "A haircut (理发).",
        OfferingKind.CLINIC: "Free medical advice (义诊).",
        OfferingKind.MEAL: "A meal, free or cheaper (餐食).",
        OfferingKind.REST: "A place to rest (歇脚).",
        OfferingKind.DISCOUNT: "A discount (优惠).",
        OfferingKind.REPAIR: "Repairs (维修).",
        OfferingKind.LAUNDRY: "Laundry (洗衣).",
        OfferingKind.READING: "Books to read or borrow (阅读).",
        OfferingKind.OTHER: "Something else (其他).",
    },
)
describe_enum(
    HoursRule,
    description="Which days a row of opening hours speaks of; the later of these wins.",
    values={
        HoursRule.WEEKLY: "A day of every week.",
        HoursRule.HOLIDAY: "Every public holiday (法定节假日).",
        HoursRule.EXCEPTION: "The days from `startsOn` until before `endsOn`.",
    },
)
